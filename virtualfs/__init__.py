"""What a person's tree looks like (`tree`), and the facades that show it."""
