"""Enough of ONNX to make a second network of a first one: its classes in another order, a last layer that turns what comes out."""


def varint(number):
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    """A member of a message: a number, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def members(message):
    """[(number, value)] of a message, numbers and bytes."""
    at, out = 0, []

    def number():
        nonlocal at
        shift = value = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = number()
        if key & 7 == 0:
            out.append((key >> 3, number()))
        elif key & 7 == 2:
            size = number()
            out.append((key >> 3, message[at:at + size]))
            at += size
        else:
            raise ValueError("a kind of field that these networks do not have")
    return out


def message(parts):
    return b"".join(field(*part) for part in parts)


def with_rows(tensor, order):
    """A tensor whose first dimension is put in another order."""
    raw = dict(members(tensor))[9]
    size = len(raw) // len(order)
    return message((n, b"".join(raw[i * size:(i + 1) * size] for i in order) if n == 9 else v) for n, v in members(tensor))


def renamed(node, output):
    """A node whose output of that name is called otherwise."""
    return message((n, b"straight" if n == 2 and v == output else v) for n, v in members(node))


def change(path, to, order=None, turn=None, layer=None):
    """order: of the classes of the last convolution, `layer`; turn: how the dimensions of the output are put."""
    model = members(path.read_bytes())
    graph = members(dict(model)[7])
    if order:
        graph = [(n, with_rows(v, order) if n == 5 and dict(members(v))[8] in (layer + b".weight", layer + b".bias") else v)
                 for n, v in graph]
    if turn:
        output = dict(members(dict(graph)[12]))[1]
        how = field(1, b"perm") + b"".join(field(8, i) for i in turn) + field(20, 7)
        graph = [(n, renamed(v, output) if n == 1 else v) for n, v in graph]
        node = field(1, b"straight") + field(2, output) + field(3, b"turn") + field(4, b"Transpose") + field(5, how)
        graph.insert(max(i for i, (n, _) in enumerate(graph) if n == 1) + 1, (1, node))
    to.write_bytes(message((n, message(graph) if n == 7 else v) for n, v in model))
