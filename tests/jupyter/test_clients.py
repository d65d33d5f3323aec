"""Clients as they come and go: quickly, after a restart, with an interrupt."""

import time
from queue import Empty

from jupyter_client import BlockingKernelClient

PATIENCE = 20  # seconds; a kernel that needs as long is broken


def outputs(client, message, seconds=PATIENCE):
    """What a request publishes up to its `idle`; fails when that does not come."""
    published = []
    while True:
        reply = client.get_iopub_msg(timeout=seconds)
        if reply["parent_header"].get("msg_id") != message:
            continue
        if reply["content"].get("execution_state") == "idle":
            return published
        published.append(reply)


def result(client, code):
    """The plain text of a cell's value."""
    published = outputs(client, client.execute(code))
    values = [m["content"] for m in published if m["msg_type"] == "execute_result"]
    assert len(values) == 1, [m["content"] for m in published]
    return values[0]["data"]["text/plain"]


def missed_idle(connection_file):
    """Whether a new client that asks at once does not hear the end of its request."""
    client = BlockingKernelClient()
    client.load_connection_file(connection_file)
    client.start_channels()
    try:
        outputs(client, client.execute("1"), seconds=5)
        return False
    except Empty:
        return True
    finally:
        client.stop_channels()


def test_sixty_quick_clients_all_hear_idle(kernel):
    manager, _ = kernel
    missed = sum(missed_idle(manager.connection_file) for _ in range(60))
    assert missed == 0


def test_a_restart_starts_afresh_every_time(kernel):
    manager, client = kernel
    for _ in range(10):
        assert result(client, "let a = 40\na + 2") == "42"
        manager.restart_kernel()
        client.wait_for_ready(timeout=PATIENCE)
        forgotten = outputs(client, client.execute("a"))
        assert [m["content"]["ename"] for m in forgotten if m["msg_type"] == "error"]


def test_an_interrupt_ends_a_long_query_and_keeps_the_session(kernel, long_query):
    manager, client = kernel
    assert result(client, "let a = 40\na + 2") == "42"
    message = client.execute(long_query)
    # A bar is shown only once the work is on its way.
    while client.get_iopub_msg(timeout=60)["msg_type"] != "display_data":
        pass
    start = time.monotonic()
    manager.interrupt_kernel()
    published = outputs(client, message)
    assert time.monotonic() - start < 2
    errors = [m["content"]["ename"] for m in published if m["msg_type"] == "error"]
    assert errors == ["interrupted"]
    assert result(client, "a + 3") == "43"


def test_editors_are_answered_while_a_query_runs(kernel, long_query):
    manager, client = kernel
    message = client.execute(long_query)
    while client.get_iopub_msg(timeout=60)["msg_type"] != "display_data":
        pass
    completion = client.complete("cpu | foc")
    reply = client.get_shell_msg(timeout=PATIENCE)
    assert reply["parent_header"]["msg_id"] == completion
    assert "focus" in reply["content"]["matches"]
    manager.interrupt_kernel()
    outputs(client, message)
