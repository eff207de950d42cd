"""Test data never meets: not between tests, workers or runs."""

import re

from fixtures.data import DataFactory

LOCAL_PART_LIMIT = 64  # RFC 5321, section 4.5.3.1.1


def test_the_same_identity_gives_the_same_sequence() -> None:
    first, second = DataFactory("a::test_b@main"), DataFactory("a::test_b@main")
    assert [first.user(), first.message()] == [second.user(), second.message()]


def test_other_tests_workers_and_attempts_get_other_data() -> None:
    identities = ["a::test_b@gw0-1-r1", "a::test_b@gw1-1-r1", "a::test_b@gw0-2-r1", "a::c@gw0-1-r1"]
    emails = {DataFactory(identity).user().email for identity in identities}
    assert len(emails) == len(identities)


def test_one_test_gets_something_else_each_time() -> None:
    data = DataFactory("a::test_b@main")
    assert len({data.user().email for _ in range(100)}) == 100
    assert len({data.message() for _ in range(100)}) == 100


def test_addresses_are_valid_and_readable() -> None:
    user = DataFactory(f"e2e/test_x.py::test_{'long_' * 40}[chromium-é]@gw0").user("Zoë Ünal")
    local, domain = user.email.split("@")
    assert re.fullmatch(r"[a-z0-9.-]+", local)
    assert len(local) <= LOCAL_PART_LIMIT
    assert domain == "example.com"
    assert local.startswith("zo.")


def test_a_password_does_not_show_when_a_user_is_printed() -> None:
    user = DataFactory("x@main").user()
    assert user.password not in repr(user)
