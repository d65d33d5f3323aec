"""The conformity suite of the Jupyter project, `jupyter_kernel_test`.

Queries write no stream, page nothing and clear nothing, so the parts of the suite
about those are taken out here: a skip would read as if something were missing.
"""

import jupyter_kernel_test
from conftest import KERNEL


class TestKernel(jupyter_kernel_test.KernelTests):
    kernel_name = KERNEL
    language_name = "flamebook"
    file_extension = ".flame"

    code_execute_result = [
        {"code": "20 + 22", "result": "42"},
        {"code": 'use "demo:"\ntypes', "mime": "text/html"},
        {"code": 'use "demo:"\ncpu | top 3', "mime": "text/plain"},
    ]
    code_display_data = [{"code": 'use "demo:"\ntypes\n20 + 22', "mime": "text/html"}]
    code_generate_error = "cpu | focsu"
    code_inspect_sample = "focus"
    code_history_pattern = "20 ?*"
    supported_history_operations = ("tail", "range", "search")

    completion_samples = [
        {"text": "cpu | foc", "matches": {"focus"}},
        {"text": "cpu | gran", "matches": {"granularity"}},
        {"text": "cpu{"},
        {"text": ""},
    ]
    complete_code_samples = ["cpu", "1 + 1", 'let a = cpu{version="2"}[1h]', "cpu\n| top 5", "# nothing", ""]
    incomplete_code_samples = ["cpu{", "cpu |", "(1 +", "let a ="]
    invalid_code_samples = ["cpu | )", "let 1 = 2", "cpu } | top"]

    test_execute_stdout = None
    test_execute_stderr = None
    test_pager = None
    test_clear_output = None


class TestIopubWelcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = KERNEL
    support_iopub_welcome = True


# Collected through the subclasses alone.
del jupyter_kernel_test
