"""Dropping files on a window as a file manager does, by the XDND protocol: `python xdnd.py WINDOW FILE...`.

Version 5 of freedesktop.org's "Drag-and-Drop Protocol for the X Window System", the source's half of it.
"""

import ctypes
import sys
import time
from pathlib import Path

SECONDS = 20.0
CLIENT_MESSAGE, SELECTION_REQUEST, SELECTION_NOTIFY = 33, 30, 31

Long = ctypes.c_long
Id = ctypes.c_ulong


class ClientMessage(ctypes.Structure):
    """An XClientMessageEvent of five longs."""

    _fields_ = (
        ("type", ctypes.c_int), ("serial", Id), ("send_event", ctypes.c_int), ("display", ctypes.c_void_p),
        ("window", Id), ("message_type", Id), ("format", ctypes.c_int), ("data", Long * 5),
    )  # fmt: skip


class SelectionRequest(ctypes.Structure):
    """An XSelectionRequestEvent."""

    _fields_ = (
        ("type", ctypes.c_int), ("serial", Id), ("send_event", ctypes.c_int), ("display", ctypes.c_void_p),
        ("owner", Id), ("requestor", Id), ("selection", Id), ("target", Id), ("property", Id), ("time", Id),
    )  # fmt: skip


class SelectionNotify(ctypes.Structure):
    """An XSelectionEvent."""

    _fields_ = (
        ("type", ctypes.c_int), ("serial", Id), ("send_event", ctypes.c_int), ("display", ctypes.c_void_p),
        ("requestor", Id), ("selection", Id), ("target", Id), ("property", Id), ("time", Id),
    )  # fmt: skip


class Event(ctypes.Union):
    """An XEvent."""

    _fields_ = (
        ("type", ctypes.c_int), ("client", ClientMessage), ("request", SelectionRequest),
        ("notify", SelectionNotify), ("pad", Long * 24),
    )  # fmt: skip


class Source:
    """The side that drags."""

    def __init__(self, target: int) -> None:
        self.x = ctypes.CDLL("libX11.so.6")
        self.x.XOpenDisplay.restype = ctypes.c_void_p
        self.display = ctypes.c_void_p(self.x.XOpenDisplay(None))
        self.x.XDefaultRootWindow.restype = Id
        self.x.XCreateSimpleWindow.restype = Id
        self.x.XInternAtom.restype = Id
        self.target = Id(target)
        root = Id(self.x.XDefaultRootWindow(self.display))
        zero = ctypes.c_ulong(0)
        self.window = Id(self.x.XCreateSimpleWindow(self.display, root, 0, 0, 1, 1, 0, zero, zero))

    def atom(self, name: str) -> int:
        return int(self.x.XInternAtom(self.display, name.encode(), 0))

    def send(self, kind: str, *data: int) -> None:
        event = Event()
        ctypes.memset(ctypes.byref(event), 0, ctypes.sizeof(event))
        message = event.client
        message.type, message.display, message.format = CLIENT_MESSAGE, self.display.value, 32
        message.window, message.message_type = self.target.value, self.atom(kind)
        message.data[:] = [self.window.value, *data, *[0] * (4 - len(data))]
        self.x.XSendEvent(self.display, self.target, 0, Long(0), ctypes.byref(event))
        self.x.XFlush(self.display)

    def next(self) -> Event:
        until = time.monotonic() + SECONDS
        event = Event()
        while not self.x.XPending(self.display):
            if time.monotonic() > until:
                raise SystemExit("the window did not answer")
            time.sleep(0.01)
        self.x.XNextEvent(self.display, ctypes.byref(event))
        return event

    def until_message(self, kind: str, uris: bytes) -> ClientMessage:
        """Serve the selection until a message of that kind comes."""
        while True:
            event = self.next()
            if event.type == SELECTION_REQUEST:
                self.give(event.request, uris)
            elif event.type == CLIENT_MESSAGE and event.client.message_type == self.atom(kind):
                return event.client

    def give(self, asked: SelectionRequest, uris: bytes) -> None:
        requestor = Id(asked.requestor)
        self.x.XChangeProperty(
            self.display, requestor, Id(asked.property), Id(asked.target), 8, 0, uris, len(uris)
        )
        event = Event()
        ctypes.memset(ctypes.byref(event), 0, ctypes.sizeof(event))
        told = event.notify
        told.type, told.display, told.requestor = SELECTION_NOTIFY, self.display.value, asked.requestor
        told.selection, told.target, told.property = asked.selection, asked.target, asked.property
        told.time = asked.time
        self.x.XSendEvent(self.display, requestor, 0, Long(0), ctypes.byref(event))
        self.x.XFlush(self.display)


def main(target: int, paths: list[Path]) -> None:
    """Enter, move, drop, and wait until the window has taken the files."""
    source = Source(target)
    uris = "".join(f"{path.as_uri()}\r\n" for path in paths).encode()
    selection = Id(source.atom("XdndSelection"))
    source.x.XSetSelectionOwner(source.display, selection, source.window, Id(0))
    source.send("XdndEnter", 5 << 24, source.atom("text/uri-list"))
    source.send("XdndPosition", 0, 300 << 16 | 300, 0, source.atom("XdndActionCopy"))
    accepted = source.until_message("XdndStatus", uris).data[1] & 1
    if not accepted:
        raise SystemExit("the window does not take what is dragged")
    source.send("XdndDrop", 0, 0)
    source.until_message("XdndFinished", uris)


if __name__ == "__main__":
    main(int(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
