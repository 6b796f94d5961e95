from appliance.demo.people import HOUSEHOLD


def test_the_household_is_sound() -> None:
    logins = [person.login for person in HOUSEHOLD.people]
    assert len(logins) == len(set(logins)) == 2
    assert [person.admin for person in HOUSEHOLD.people] == [True, False]
    assert {storage.owner for storage in HOUSEHOLD.storages} == set(logins)
    assert len({storage.folder for storage in HOUSEHOLD.storages}) == 3
