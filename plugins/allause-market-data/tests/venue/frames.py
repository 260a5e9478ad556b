"""Messages of a live feed, as an exchange sends them."""

import json

TRADE = {"e": "trade", "E": 5, "s": "A", "t": 1, "p": "100.5", "q": "2", "T": 4}
QUOTE = {"u": 9, "s": "A", "b": "99.5", "B": "1", "a": "100.5", "A": "3"}
DEPTH = {"e": "depthUpdate", "E": 5, "s": "A", "U": 11, "u": 12, "b": [["99.5", "1"]], "a": []}


def frame(data, stream="a@x"):
    return json.dumps({"stream": stream, "data": data}).encode()
