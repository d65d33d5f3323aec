"""Start and round trip of two kernels, alternating, as jupyter_client starts them.

Usage: kernels.py RUNS FLAMEBOOK. Prints a line per run: kernel, seconds from the
start of the process to the first kernel_info_reply, median seconds of an execute.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import zmq

ROUND_TRIPS = 100


def main(runs, flamebook):
    with tempfile.TemporaryDirectory() as folder:
        argv = {
            "flamebook": [flamebook, "kernel", "--connection-file", "{connection_file}"],
            "ipykernel": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        }
        for name, command in argv.items():
            spec = Path(folder) / "kernels" / name
            spec.mkdir(parents=True)
            content = {"argv": command, "display_name": name, "language": name}
            (spec / "kernel.json").write_text(json.dumps(content))
        os.environ["JUPYTER_PATH"] = folder
        for _ in range(runs):
            for name in argv:
                print(name, *measure(name), flush=True)


def measure(name):
    from jupyter_client import KernelManager

    manager = KernelManager(kernel_name=name)
    # The client connects before the kernel has bound: by default it would try
    # again after 100 ms, which is longer than one of the kernels takes to start.
    context = zmq.Context()
    context.setsockopt(zmq.RECONNECT_IVL, 1)
    begun = time.perf_counter()
    manager.start_kernel()
    client = manager.client(context=context)
    client.start_channels(hb=False)
    client.kernel_info()
    client.get_shell_msg(timeout=60)
    started = time.perf_counter() - begun
    client.wait_for_ready(timeout=60)
    trips = [round_trip(client) for _ in range(ROUND_TRIPS)]
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return started, statistics.median(trips)


def round_trip(client):
    """From the request to both the reply and `idle`, as the sockets see it.

    Packing and unpacking are the client's work, the same for every kernel and
    longer than one of them takes: they stay outside.
    """
    shell, iopub = client.shell_channel.socket, client.iopub_channel.socket
    content = {"code": "1 + 1", "silent": False, "store_history": True}
    request = client.session.msg("execute_request", content)
    frames = client.session.serialize(request)
    own = request["header"]["msg_id"].encode()
    begun = time.perf_counter()
    shell.send_multipart(frames)
    shell.recv_multipart()
    while True:
        *_, parent, _, content = iopub.recv_multipart()
        if own in parent and b"idle" in content:
            return time.perf_counter() - begun


main(int(sys.argv[1]), sys.argv[2])
