"""Clients that ask without a pause while something happens to the gateway."""

import itertools
import threading

from harness import DEADLINE
from raw import send


class Traffic:
    """Sends the bodies in turn on each thread. `failed` has status and body of each answer that is no whole 200, and
    (None, what happened) when there was none."""

    def __init__(self, stack, *bodies, threads=4):
        self.stack, self.failed, self.done, self._end = stack, [], 0, threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(bodies,)) for _ in range(threads)]

    def _run(self, bodies):
        for body in itertools.cycle(bodies):
            if self._end.is_set():
                return
            try:
                answer = send(self.stack, body)
                if answer.status != 200 or not served(answer):
                    self.failed.append((answer.status, answer.body))
            except Exception as error:  # whatever it is, a client would have seen it
                self.failed.append((None, repr(error)))
            self.done += 1

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *unused):
        self._end.set()
        for thread in self._threads:
            thread.join(DEADLINE)


def served(answer):
    """Whether an answer is there to its end."""
    streamed = answer.headers["content-type"].startswith("text/event-stream")
    return answer.whole and (not streamed or answer.events()[-1:] == ["[DONE]"])
