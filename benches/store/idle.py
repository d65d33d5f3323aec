"""The memory of a kernel that has answered queries and waits for the next.

Usage: idle.py FLAMEBOOK FOLDER QUERY... Starts the kernel in the folder, runs each
query, and prints the resident MiB after each, once the kernel has been idle for a second.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path


def main(flamebook, folder, queries):
    from jupyter_client import KernelManager

    with tempfile.TemporaryDirectory() as specs:
        spec = Path(specs) / "kernels/flamebook"
        spec.mkdir(parents=True)
        argv = [flamebook, "kernel", "--connection-file", "{connection_file}"]
        content = {"argv": argv, "display_name": "Flamebook", "language": "flamebook"}
        (spec / "kernel.json").write_text(json.dumps(content))
        os.environ["JUPYTER_PATH"] = specs
        manager = KernelManager(kernel_name="flamebook")
        manager.start_kernel(cwd=folder)
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        for query in queries:
            reply = client.execute_interactive(query, timeout=600, output_hook=lambda message: None)
            assert reply["content"]["status"] == "ok", reply["content"]
            time.sleep(1)
            print(resident(manager.provisioner.pid), flush=True)
        manager.shutdown_kernel(now=True)


def resident(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024


main(sys.argv[1], sys.argv[2], sys.argv[3:])
