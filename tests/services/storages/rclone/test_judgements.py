"""The words of the table."""

from services.storages.rclone.judgements import Judgement, by_key


def test_keys_are_told_apart() -> None:
    judged = Judgement("it", "It", "cloud", "key", "a b", {"because": "c d", "so": "e"}, kinds={"a": "port"})
    assert judged.allowed_keys == {"a", "b"}
    assert judged.refused_keys == {"c": "because", "d": "because", "e": "so"}
    assert not judged.has_free_endpoint
    assert Judgement("it", "It", "cloud", "key", "a", kinds={"a": "url"}).has_free_endpoint


def test_each_key_has_one_reason() -> None:
    assert by_key({"one": "a  b", "two": ""}) == {"a": "one", "b": "one"}
