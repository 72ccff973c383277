"""A scheduler and a worker of dask, each a process that a test may stop or kill."""

import asyncio
from contextlib import contextmanager

from distributed import Scheduler, Worker
from distributed.utils import get_mp_context


@contextmanager
def started(serve, *words):
    """Start a process; give it, and what it says first."""
    context = get_mp_context()
    hears, says = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(serve, says, *words), daemon=True)
    process.start()
    try:
        assert hears.poll(60)
        yield process, hears.recv()
    finally:
        process.kill()
        process.join()


def _run(serve, says, *words):
    asyncio.run(serve(says, *words))


async def scheduler(says):
    """Serve, and say the address."""
    async with Scheduler(port=0, dashboard=False) as serving:
        says.send(serving.address)
        await serving.finished()


async def worker(says, address, folder):
    """Work for a scheduler, and say so."""
    async with Worker(address, nthreads=1, local_directory=folder) as working:
        says.send(working.address)
        await working.finished()
