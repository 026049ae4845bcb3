"""A proxy between a consumer and Strapi that breaks what passes through it, request by request.

What happens to the first, the second, … request is drawn from the case's chance: the same for one seed. It
knows no more of HTTP than where a message ends.

    with Proxy(target_url, chance) as proxy:
        flow.start_consumer(STRAPI_URL=proxy.url)
        proxy.break_some(["cut", "reset_before"], among=60)
"""

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from urllib.parse import urlsplit

RST = struct.pack("ii", 1, 0)
HEAD_END = b"\r\n\r\n"
PASSES = "passes"
LIMIT = 32 * 1024 * 1024


class Ended(Exception):
    """The peer has closed the connection."""


async def read_message(reader):
    """One request or response, whole."""
    try:
        head = await reader.readuntil(HEAD_END)
        length, chunked = body_of(head)
        if not chunked:
            return head + await reader.readexactly(length)
        body = b""
        while not body.endswith(b"0" + HEAD_END):
            body += await reader.readuntil(b"\r\n")
        return head + body
    except (asyncio.IncompleteReadError, ConnectionError):
        raise Ended from None


def body_of(head):
    """(length, whether it is chunked)"""
    length, chunked = 0, False
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
        chunked |= name.lower() == "transfer-encoding" and "chunked" in value
    return length, chunked


class Exchange:
    """One request on its way, and what may be done to it."""

    def __init__(self, proxy, request, reader, client):
        self.proxy = proxy
        self.request = request
        self.reader = reader
        self.client = client

    async def ask(self):
        """The target's answer; also when nobody waits for it any more."""
        reader, writer = await asyncio.open_connection(*self.proxy.target, limit=LIMIT)
        try:
            writer.write(self.request)
            return await read_message(reader)
        finally:
            writer.close()

    async def answer(self, response):
        self.client.write(response)
        await self.client.drain()

    def reset(self):
        """What the client sees as "connection reset by peer"."""
        self.client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
        self.client.transport.abort()

    async def given_up(self):
        """A client says nothing while it waits: what comes then is the end."""
        try:
            await self.reader.read(1)
        except ConnectionError:
            pass

    async def passes(self):
        await self.answer(await self.ask())

    async def reset_before(self):
        """Nothing of it arrives."""
        self.reset()

    async def reset_after(self):
        """It arrives, and is at work when the connection breaks."""
        answer = asyncio.ensure_future(self.ask())
        await asyncio.sleep(0)
        self.reset()
        await answer

    async def reset_answered(self):
        """It is done, and nobody hears of it."""
        await self.ask()
        self.reset()

    async def cut(self):
        """Half of the answer."""
        response = await self.ask()
        await self.answer(response[: len(response) // 2])
        self.reset()

    async def slow(self):
        """Later than usual, and in time."""
        await asyncio.sleep(self.proxy.chance.uniform(0.05, 1))
        await self.passes()

    async def swallow_request(self):
        """A blackhole in front of the target: nobody answers, nobody hangs up."""
        await self.given_up()
        self.reset()

    async def swallow_answer(self):
        """A blackhole on the way back."""
        await self.ask()
        await self.given_up()
        self.reset()

    async def late(self):
        """The request arrives when the client has given it up: no time-out can exclude that."""
        await self.given_up()
        await asyncio.sleep(self.proxy.chance.uniform(0, 2))
        await self.ask()
        self.reset()


class Proxy:
    """Lets everything pass that it was not told to break."""

    def __init__(self, url, chance):
        where = urlsplit(url)
        self.target = (where.hostname, where.port)
        # Its own: what it draws, when requests come, must not change what the case draws.
        self.chance = random.Random(chance.random())
        self.plan = []
        self.broken = Counter()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def break_some(self, faults, among):
        """Of the next requests, each fault once or more often: together a quarter of them."""
        plan = [faults[i % len(faults)] if i * 4 < among else PASSES for i in range(among)]
        self.chance.shuffle(plan)
        self.plan = plan

    def __enter__(self):
        self.thread.start()
        self.server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self.serve, "127.0.0.1", 0, limit=LIMIT), self.loop
        ).result()
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self.end(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def end(self):
        self.server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def next(self):
        fault = self.plan.pop(0) if self.plan else PASSES
        if fault != PASSES:
            self.broken[fault] += 1
        return fault

    async def serve(self, reader, writer):
        try:
            while not writer.is_closing():
                exchange = Exchange(self, await read_message(reader), reader, writer)
                await getattr(exchange, self.next())()
        except (Ended, ConnectionError):
            # The target is away, or the client is: the other one sees the same.
            writer.transport.abort()

