from random import Random

from sio_core.cluster.duplicates import MAX_HOSTS, WINDOW, Duplicates


def test_a_number_is_new_once() -> None:
    seen = Duplicates()
    assert [seen.is_new("a", number) for number in (1, 2, 2, 1, 5, 4, 5, 4, 3)] == [
        *(True, True, False, False),
        *(True, True, False, False, True),
    ]


def test_hosts_are_apart() -> None:
    seen = Duplicates()
    assert seen.is_new("a", 1)
    assert seen.is_new("b", 1)
    assert not seen.is_new("a", 1)


def test_a_leap_forgets_what_was_before() -> None:
    seen = Duplicates()
    assert seen.is_new("a", 1)
    assert seen.is_new("a", 1 << 52)
    assert not seen.is_new("a", 1 << 52)
    assert seen.is_new("a", 1)  # further back than anything is remembered
    assert seen.is_new("a", 1)


def test_the_window_is_exact() -> None:
    seen = Duplicates()
    assert seen.is_new("a", 1)
    assert seen.is_new("a", WINDOW)
    assert not seen.is_new("a", 1)
    assert seen.is_new("a", WINDOW + 1)
    assert seen.is_new("a", 1)


def test_in_any_order_each_is_new_once() -> None:
    chance, seen, known = Random(3), Duplicates(), set[int]()
    for step in range(5_000):
        number = 1 + max(0, step // 3 - chance.randrange(WINDOW // 2))
        assert seen.is_new("a", number) is (number not in known)
        known.add(number)


def test_the_hosts_are_bounded() -> None:
    seen = Duplicates()
    for number in range(MAX_HOSTS + 1):
        assert seen.is_new(f"host{number}", 1)
    assert not seen.is_new("host1", 1)
    assert seen.is_new("host0", 1)  # which was forgotten
