from bot.services.pseudonyms import Pseudonyms
from tests.factories import ADA, BEN


def test_a_person_has_one_name_that_cannot_be_found_without_the_key() -> None:
    ours, theirs = Pseudonyms(b"our token"), Pseudonyms(b"another")

    assert ours.of(ADA) == Pseudonyms(b"our token").of(ADA)
    assert len({ours.of(ADA), ours.of(BEN), theirs.of(ADA)}) == 3
    assert len(ours.of(ADA)) == 64, "as long as the API takes it"
    assert "our token" not in repr(ours)
