"""uvicorn's WebSockets with a way to send that costs no coroutine and no framing: `ws=DirectWebSockets`.

An event for many clients is most of all that cost, many times. What is sent this way has been framed by its sender, for
everybody at once; without room in the client's buffer it is not sent, and ASGI's `send` is the way to wait.
"""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

from graph.serving.sending import DIRECT


class DirectWebSockets(WebSocketsSansIOProtocol):
    """Offers `scope["extensions"][DIRECT]["write"]`: a function that takes a frame and says whether it was sent."""

    _has_room = True

    def handle_connect(self, event: Request) -> None:
        """Begin as uvicorn does; the application's first step comes later, so it finds the extension."""
        super().handle_connect(event)
        if not self.close_sent and not self.conn.extensions:  # a compressed connection has frames of its own
            self.scope["extensions"][DIRECT] = {"write": self.write_frame}

    def write_frame(self, frame: bytes) -> bool:
        """Send a whole frame, unless the client's buffer is full or the connection is not open."""
        if self._has_room and self.conn.state is State.OPEN:
            self.transport.write(frame)
            return True
        return False

    def pause_writing(self) -> None:
        """See asyncio.BaseProtocol."""
        self._has_room = False
        super().pause_writing()

    def resume_writing(self) -> None:
        """See asyncio.BaseProtocol."""
        self._has_room = True
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.BaseProtocol."""
        self._has_room = False
        super().connection_lost(exc)
