//! The evaluation thread, which runs cells one at a time, in the order of arrival.
//!
//! It is a thread and not a task, because a query may compute for seconds and may
//! recurse deeply. Requests of editors are answered meanwhile.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use jupyter_protocol::ExecutionCount;
use jupyter_protocol::messaging::ExecuteInput;
use serde_json::{Map, Value, json};

use crate::kernel::STACK_BYTES;
use crate::kernel::channel::Request;
use crate::kernel::history::History;
use crate::kernel::interrupt::Interrupt;
use crate::kernel::language::{CellRequest, Failure, Language, Output};
use crate::kernel::output::{CellOutput, NoOutput};
use crate::kernel::reply;
use crate::kernel::request::ExecuteRequest;
use crate::view::bundle::{Bundle, Mime};

/// "Run all" sends all cells at once, and the cells behind a failing one must be
/// aborted. A cell may fail within microseconds, before the others have arrived, so the
/// thread waits this long for them after a failure. The error reply is sent after the
/// wait: a cell that a client sends in response to it is not aborted.
const ABORT_DELAY: Duration = Duration::from_millis(5);

/// The queue of cells. Dropping it ends the thread after the current cell.
pub(super) struct Evaluation {
    queue: Sender<Job>,
    interrupt: Arc<Interrupt>,
}

/// One cell and the request that contains it.
struct Job {
    request: Request,
    content: ExecuteRequest,
}

impl Evaluation {
    pub(super) fn start(
        language: Box<dyn Language>,
        history: Arc<History>,
        interrupt: Arc<Interrupt>,
    ) -> Result<Self> {
        let (queue, jobs) = channel();
        let evaluator =
            EvaluationThread { language, jobs, history, interrupt: interrupt.clone(), count: 0 };
        thread::Builder::new()
            .name("evaluation".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || evaluator.run())
            .context("cannot start the evaluation thread")?;
        Ok(Evaluation { queue, interrupt })
    }

    /// Queues an `execute_request`. The evaluation thread answers it.
    pub(super) fn enqueue(&self, request: Request, content: ExecuteRequest) {
        self.interrupt.cell_queued();
        // Fails only if the thread has ended, and it ends after all senders.
        let _ = self.queue.send(Job { request, content });
    }
}

/// The state of the evaluation thread.
struct EvaluationThread {
    language: Box<dyn Language>,
    jobs: Receiver<Job>,
    history: Arc<History>,
    interrupt: Arc<Interrupt>,
    /// Cells stored so far.
    count: u32,
}

impl EvaluationThread {
    fn run(mut self) {
        while let Ok(job) = self.jobs.recv() {
            job.request.iopub.cell_busy(&job.request.message.parent);
            let aborted = self.execute(&job);
            self.interrupt.cell_ended();
            job.request.iopub.cell_idle(&job.request.message.parent);
            aborted.iter().for_each(|job| self.abort(job));
        }
    }

    /// Runs a cell and replies. Returns the cells that its failure aborts.
    fn execute(&mut self, job: &Job) -> Vec<Job> {
        let Job { request, content } = job;
        let number = self.count + 1;
        let outcome = if content.silent {
            self.evaluate(&content.code, number, false, &NoOutput)
        } else {
            self.execute_visibly(request, content, number)
        };
        if content.is_stored() {
            self.remember(number, content, &outcome);
        }
        match outcome {
            Ok(_) => {
                let expressions = self.user_expressions(content, number);
                request.reply(&reply::execute_ok(number, expressions));
                Vec::new()
            }
            Err(failure) => {
                let aborted =
                    if content.stops_on_error() { self.queued_cells() } else { Vec::new() };
                request.reply(&reply::execute_error(number, &failure));
                aborted
            }
        }
    }

    /// Runs a cell and publishes its input, its outputs, and the result or the error.
    fn execute_visibly(
        &mut self,
        request: &Request,
        content: &ExecuteRequest,
        number: u32,
    ) -> Result<Option<Bundle>, Failure> {
        let execution_count = ExecutionCount::new(number as usize);
        request.publish(
            "execute_input",
            &ExecuteInput { code: self.language.without_secrets(&content.code), execution_count },
        );
        let output = CellOutput::new(&request.iopub, &request.message.parent);
        let outcome = self.evaluate(&content.code, number, content.is_stored(), &output);
        match &outcome {
            Ok(Some(bundle)) => {
                output.clear_progress();
                let data = reply::data(bundle);
                let result = json!({"execution_count": number, "data": data, "metadata": {}});
                request.publish("execute_result", &result);
            }
            Ok(None) => output.finish(),
            Err(failure) => {
                output.clear_progress();
                request.publish("error", &reply::error_output(failure));
            }
        }
        outcome
    }

    /// Runs a cell. A panic becomes an error of this cell and the session continues.
    fn evaluate(
        &mut self,
        code: &str,
        number: u32,
        store: bool,
        output: &dyn Output,
    ) -> Result<Option<Bundle>, Failure> {
        let cell = CellRequest { code, number, store };
        let (language, cancel) = (&mut self.language, self.interrupt.cancel());
        catch_unwind(AssertUnwindSafe(|| language.execute(&cell, output, cancel)))
            .unwrap_or_else(|panic| Err(panicked(panic.as_ref())))
    }

    fn remember(
        &mut self,
        number: u32,
        content: &ExecuteRequest,
        outcome: &Result<Option<Bundle>, Failure>,
    ) {
        self.count = number;
        let result = outcome.as_ref().ok().and_then(Option::as_ref);
        let output = result.and_then(|bundle| bundle.get(Mime::Plain)).map(str::to_owned);
        self.history.push(number, self.language.without_secrets(&content.code), output);
    }

    fn user_expressions(&mut self, content: &ExecuteRequest, number: u32) -> Map<String, Value> {
        let evaluate = |(name, expression): (&String, &Value)| {
            let code = expression.as_str().unwrap_or_default();
            let result = match self.evaluate(code, number, false, &NoOutput) {
                Ok(bundle) => {
                    let data = bundle.as_ref().map(reply::data).unwrap_or_default();
                    json!({"status": "ok", "data": data, "metadata": {}})
                }
                Err(failure) => reply::error(&failure),
            };
            (name.clone(), result)
        };
        content.user_expressions.iter().map(evaluate).collect()
    }

    fn queued_cells(&self) -> Vec<Job> {
        thread::sleep(ABORT_DELAY);
        self.jobs.try_iter().collect()
    }

    fn abort(&self, job: &Job) {
        job.request.busy();
        job.request.reply(&reply::execute_aborted(self.count));
        self.interrupt.cell_ended();
        job.request.idle();
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Failure {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let value = format!("a bug in the kernel stopped this cell: {message}");
    let traceback = vec![
        format!("\x1b[31mpanic\x1b[0m: {value}"),
        "The session goes on. Please report this with the cell that caused it.".to_owned(),
    ];
    Failure { name: "panic".to_owned(), value, line: None, traceback }
}
