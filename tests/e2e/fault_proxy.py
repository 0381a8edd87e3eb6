"""A TCP proxy that a test puts between two processes to spoil the way."""

import asyncio
import socket
import struct
import threading


class FaultProxy:
    """Forwards to the target until told otherwise. `mode` may change at any time and holds for open connections, too:

    pass        as fast as it comes
    black_hole  nothing is read, nothing is sent, connections stay open; new ones are accepted and ignored
    reset       every connection is reset, new ones at once
    latency     each piece is sent `delay` seconds later, in both directions
    drip        at most `rate` bytes a second, in small pieces
    """

    def __init__(self, target):
        host, port = target.rsplit(":", 1)
        self._target = (host, int(port))
        self.mode, self.delay, self.rate = "pass", 0.2, 200
        self._loop = asyncio.new_event_loop()
        self._writers = set()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._started.wait()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        self._server.close()
        open_ways = asyncio.all_tasks(self._loop)
        for way in open_ways:
            way.cancel()
        self._loop.run_until_complete(asyncio.gather(*open_ways, return_exceptions=True))
        self._loop.close()

    def set(self, mode):
        self.mode = mode
        if mode == "reset":
            self._loop.call_soon_threadsafe(self._reset_all)

    def _reset_all(self):
        for writer in list(self._writers):
            self._reset(writer)

    @staticmethod
    def _reset(writer):
        raw = writer.get_extra_info("socket")
        if raw is not None and not writer.is_closing():
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _serve(self, reader, writer):
        if self.mode == "reset":
            return self._reset(writer)
        while self.mode == "black_hole":
            await asyncio.sleep(0.05)
        try:
            up_reader, up_writer = await asyncio.open_connection(*self._target)
        except OSError:
            return writer.close()
        self._writers |= {writer, up_writer}
        await asyncio.gather(self._pump(reader, up_writer), self._pump(up_reader, writer))
        self._writers -= {writer, up_writer}

    async def _pump(self, reader, writer):
        try:
            while data := await reader.read(65536):
                while self.mode == "black_hole":
                    await asyncio.sleep(0.05)
                if self.mode == "latency":
                    await asyncio.sleep(self.delay)
                while self.mode == "drip" and data:
                    writer.write(data[:20])
                    data = data[20:]
                    await asyncio.sleep(20 / self.rate)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
