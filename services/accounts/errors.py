"""The one error of signing in, by whatever means."""

from services.errors import HypomosError


class SignInFailed(HypomosError):
    """Raised when what somebody showed proves nothing; never says which part was wrong.

    An unknown name, a wrong password and a disabled account give the same class and message.
    """
