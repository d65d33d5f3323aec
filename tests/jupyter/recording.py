"""Small profiles in the pprof format, made for one test each.

Written with no help of what reads them: stacks of names, the root first, with
their values.
"""

from pathlib import Path

START = 1_767_225_600  # seconds; 2026-01-01 00:00 UTC


def pprof(stacks, kind=("cpu", "nanoseconds"), start=START, seconds=10, grain=0):
    """The bytes of a profile: `stacks` is {(root, …, leaf): value}.

    With a grain the first value is written as two samples, one of them of that value, so
    that it is seen what one sample is worth.
    """
    samples = list(stacks.items())
    if grain:
        stack, value = samples[0]
        samples[:1] = [(stack, value - grain), (stack, grain)]
    strings = {"": 0}
    functions = {}

    def text(string):
        return strings.setdefault(string, len(strings))

    def location(name):
        return functions.setdefault(name, len(functions) + 1)

    fields = [message(1, number(1, text(kind[0])) + number(2, text(kind[1])))]
    for stack, value in samples:
        path = b"".join(number(1, location(name)) for name in reversed(stack))
        fields.append(message(2, path + number(2, value)))
    for name, i in functions.items():
        fields.append(message(4, number(1, i) + message(4, number(1, i))))
        fields.append(message(5, number(1, i) + number(2, text(name))))
    fields += [message(6, string.encode()) for string in strings]
    fields += [number(9, start * 10**9), number(10, seconds * 10**9)]
    return b"".join(fields)


def record(path, stacks, **options):
    """Writes a profile, and the folders above it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pprof(stacks, **options))
    return path


def total(stacks, *names):
    """What passes through any of these functions; all there is without a name."""
    return sum(value for stack, value in stacks.items() if not names or set(names) & set(stack))


def own(stacks, name):
    return sum(value for stack, value in stacks.items() if stack[-1:] == (name,))


def number(field, value):
    """A field with a number; a negative one in two's complement."""
    return varint(field << 3) + varint(value % 2**64)


def message(field, content):
    """A field with bytes: a text, or a message of its own."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def varint(value):
    parts = []
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])
