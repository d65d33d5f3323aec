//! A front end for tests. Its methods follow the protocol, so that a test reads like the
//! session it describes; each method checks what it receives.
//!
//! It shares no code with the kernel: frames, signatures and headers are implemented a
//! second time. Nothing waits longer than [`PATIENCE`].

use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use flamebook::kernel::language::{Assistant, Language};
use flamebook::notebook::Notebook;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use uuid::Uuid;
use zeromq::{
    DealerSocket, ReqSocket, Socket, SocketOptions, SocketRecv, SocketSend, SubSocket, ZmqMessage,
};

/// Generous, because the machine may be busy; a test that passes never waits this long.
const PATIENCE: Duration = Duration::from_secs(20);

const KEY: &str = "a-secret";

/// A kernel with sockets in a temporary folder.
pub(crate) struct Kernel {
    pub(crate) folder: tempfile::TempDir,
    host: Host,
}

enum Host {
    /// A thread of the test process.
    Thread(JoinHandle<anyhow::Result<()>>),
    Process(Process),
}

/// Ended on drop.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only if the process has exited.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Kernel {
    pub(crate) fn start(
        language: impl Language + 'static,
        assistant: impl Assistant + 'static,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        Self::start_in(folder, Box::new(language), Arc::new(assistant))
    }

    /// With the real language.
    pub(crate) fn over(notebook: Notebook) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let assistant = notebook.assistant();
        Self::start_in(folder, Box::new(notebook), assistant)
    }

    /// As Jupyter starts it, so that its memory can be measured.
    pub(crate) fn process() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let child = Command::new(env!("CARGO_BIN_EXE_flamebook"))
            .args(["kernel", "--connection-file"])
            .arg(write_connection_file(&folder))
            .stderr(Stdio::null())
            .spawn()
            .expect("the program can be started");
        Kernel { folder, host: Host::Process(Process(child)) }
    }

    /// A line of `/proc/…/status` of its process, such as `VmHWM`, in MB.
    #[cfg(target_os = "linux")]
    pub(crate) fn memory(&self, line: &str) -> u64 {
        let Host::Process(Process(child)) = &self.host else { panic!("it is a thread") };
        let status = format!("/proc/{}/status", child.id());
        let status = std::fs::read_to_string(status).expect("the process is running");
        let value = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
        let value = value.and_then(|value| value.trim().strip_suffix(" kB"));
        value.and_then(|kb| kb.parse::<u64>().ok()).expect("a size") / 1024
    }

    /// The time that its process has computed, on all cores.
    #[cfg(target_os = "linux")]
    pub(crate) fn cpu_time(&self) -> Duration {
        let Host::Process(Process(child)) = &self.host else { panic!("it is a thread") };
        let status = std::fs::read_to_string(format!("/proc/{}/stat", child.id()));
        let status = status.expect("the process is running");
        let (_, fields) = status.rsplit_once(") ").expect("a name in parentheses");
        // Of proc_pid_stat(5), the 14th and the 15th, in hundredths of a second.
        let spent = fields.split(' ').skip(11).take(2).map(|field| field.parse::<u64>());
        Duration::from_millis(10 * spent.map(|ticks| ticks.expect("a number")).sum::<u64>())
    }

    fn start_in(
        folder: tempfile::TempDir,
        language: Box<dyn Language>,
        assistant: Arc<dyn Assistant>,
    ) -> Self {
        let connection_file = write_connection_file(&folder);
        let serve =
            move || flamebook::kernel::serve_in_thread(&connection_file, language, assistant);
        Kernel { folder, host: Host::Thread(std::thread::spawn(serve)) }
    }

    /// Starts again on the sockets of a kernel that has ended.
    pub(crate) fn restart(
        self,
        language: impl Language + 'static,
        assistant: impl Assistant + 'static,
    ) -> Self {
        let sockets = [1, 2, 3, 4, 5].map(|number| self.socket(number));
        let [abandoned @ .., heartbeat] = &sockets;
        let Host::Thread(thread) = self.host else { panic!("it is a process") };
        thread.join().expect("the kernel does not panic").expect("an orderly end");
        abandoned.iter().for_each(|socket| leave_behind(socket));
        // Its file shows that the new kernel listens.
        assert!(!heartbeat.exists(), "an orderly end removes the sockets");
        Self::start_in(self.folder, Box::new(language), Arc::new(assistant))
    }

    /// The address of a socket: shell is 1, iopub 2, stdin 3, control 4, heartbeat 5.
    pub(crate) fn socket(&self, number: u8) -> PathBuf {
        self.folder.path().join(format!("kernel-{number}"))
    }

    /// Waits for the end of the kernel.
    pub(crate) fn join(self) -> anyhow::Result<()> {
        let Host::Thread(thread) = self.host else { panic!("it is a process") };
        thread.join().expect("the kernel does not panic")
    }
}

fn write_connection_file(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("connection.json");
    let connection = connection(folder.path()).to_string();
    std::fs::write(&path, connection).expect("a writable scratch folder");
    path
}

/// A socket file that nobody listens on, as after a crash.
fn leave_behind(socket: &Path) {
    UnixListener::bind(socket).expect("a writable scratch folder");
}

fn connection(folder: &Path) -> Value {
    json!({
        "transport": "ipc",
        "ip": folder.join("kernel"),
        "key": KEY,
        "signature_scheme": "hmac-sha256",
        "shell_port": 1,
        "iopub_port": 2,
        "stdin_port": 3,
        "control_port": 4,
        "hb_port": 5,
    })
}

/// A message as received.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) header: Value,
    pub(crate) parent: Value,
    pub(crate) content: Value,
}

impl Message {
    pub(crate) fn msg_type(&self) -> &str {
        self.header["msg_type"].as_str().expect("a header has a msg_type")
    }

    /// The `msg_id` of the request that caused it.
    pub(crate) fn cause(&self) -> &str {
        self.parent["msg_id"].as_str().unwrap_or_default()
    }
}

/// Sends on shell and control, listens on IOPub.
pub(crate) struct Frontend {
    runtime: Runtime,
    shell: DealerSocket,
    control: DealerSocket,
    iopub: SubSocket,
    session: String,
}

impl Frontend {
    /// Connects and waits for the welcome.
    pub(crate) fn connect(kernel: &Kernel) -> Self {
        let mut frontend = Self::connect_unwelcomed(kernel);
        while frontend.next_iopub().msg_type() != "iopub_welcome" {}
        frontend
    }

    /// Connects, and does not wait for the welcome.
    pub(crate) fn connect_unwelcomed(kernel: &Kernel) -> Self {
        let mut frontend = Self::connect_deaf(kernel);
        frontend.subscribe(kernel);
        frontend
    }

    /// Connects to IOPub.
    pub(crate) fn subscribe(&mut self, kernel: &Kernel) {
        let url = url(&kernel.socket(2));
        self.runtime.block_on(self.iopub.connect(&url)).expect("a kernel that listens");
    }

    /// Connects to shell and control, and does not listen on IOPub.
    pub(crate) fn connect_deaf(kernel: &Kernel) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let session = Uuid::new_v4().to_string();
        let (shell, control, iopub) = runtime.block_on(async {
            wait_for(&kernel.socket(5)).await;
            let shell = dealer(kernel, 1, &session).await;
            let control = dealer(kernel, 4, &session).await;
            let mut iopub = SubSocket::new();
            iopub.subscribe("").await.expect("a subscription");
            (shell, control, iopub)
        });
        Frontend { runtime, shell, control, iopub, session }
    }

    /// Its connection to shell breaks, and it connects again.
    pub(crate) fn reconnect_shell(&mut self, kernel: &Kernel) {
        self.shell = self.runtime.block_on(dealer(kernel, 1, &self.session));
    }

    /// Sends a request on shell and returns its `msg_id`.
    pub(crate) fn ask(&mut self, msg_type: &str, content: Value) -> String {
        let (msg_id, frames) = self.request(msg_type, &content.to_string());
        self.send_shell_frames(frames);
        msg_id
    }

    /// Sends a request on control and returns its `msg_id`.
    pub(crate) fn ask_control(&mut self, msg_type: &str, content: Value) -> String {
        let (msg_id, frames) = self.request(msg_type, &content.to_string());
        self.runtime.block_on(self.control.send(message(frames))).expect("a kernel that listens");
        msg_id
    }

    pub(crate) fn execute(&mut self, code: &str) -> String {
        self.ask("execute_request", json!({"code": code}))
    }

    /// Executes `code` to its end. Returns the reply and all messages published between
    /// busy and idle.
    pub(crate) fn execute_to_end(&mut self, code: &str) -> (Message, Vec<Message>) {
        let cell = self.execute(code);
        self.read_to_end(&cell)
    }

    /// The reply to `request`, and all messages published between busy and idle.
    pub(crate) fn read_to_end(&mut self, request: &str) -> (Message, Vec<Message>) {
        self.recv_iopub_busy(request);
        let mut published = Vec::new();
        loop {
            let message = self.recv_iopub();
            assert_eq!(message.cause(), request);
            if message.content["execution_state"] == "idle" {
                break;
            }
            published.push(message);
        }
        let reply = self.recv_shell();
        assert_eq!(reply.cause(), request);
        (reply, published)
    }

    /// The frames of a request, for tests that change them.
    pub(crate) fn request(&self, msg_type: &str, content: &str) -> (String, Vec<Vec<u8>>) {
        let msg_id = Uuid::new_v4().to_string();
        let header = json!({
            "msg_id": msg_id,
            "session": self.session,
            "username": "tester",
            "date": "2026-01-01T00:00:00Z",
            "msg_type": msg_type,
            "version": "5.4",
            "unknown_field": ["kept"],
        });
        (msg_id, signed(&header.to_string(), content))
    }

    pub(crate) fn send_shell_frames(&mut self, frames: Vec<Vec<u8>>) {
        self.runtime.block_on(self.shell.send(message(frames))).expect("a kernel that listens");
    }

    pub(crate) fn recv_shell(&mut self) -> Message {
        parse(self.runtime.block_on(recv("a reply on shell", &mut self.shell)))
    }

    pub(crate) fn recv_control(&mut self) -> Message {
        parse(self.runtime.block_on(recv("a reply on control", &mut self.control)))
    }

    /// The next message caused by this front end; others are ignored, as in every front
    /// end.
    pub(crate) fn recv_iopub(&mut self) -> Message {
        loop {
            let message = self.next_iopub();
            if message.parent["session"] == self.session.as_str() {
                return message;
            }
        }
    }

    fn next_iopub(&mut self) -> Message {
        parse(self.runtime.block_on(recv("a message on iopub", &mut self.iopub)))
    }

    pub(crate) fn recv_iopub_busy(&mut self, cause: &str) {
        self.recv_iopub_status("busy", cause);
    }

    pub(crate) fn recv_iopub_idle(&mut self, cause: &str) {
        self.recv_iopub_status("idle", cause);
    }

    fn recv_iopub_status(&mut self, state: &str, cause: &str) {
        let content = self.recv_iopub_of("status", cause);
        assert_eq!(content, json!({"execution_state": state}));
    }

    /// The content of the next message, which must have this type and cause.
    pub(crate) fn recv_iopub_of(&mut self, msg_type: &str, cause: &str) -> Value {
        let message = self.recv_iopub();
        assert_eq!((message.msg_type(), message.cause()), (msg_type, cause), "{message:?}");
        message.content
    }

    pub(crate) fn recv_iopub_execute_input(&mut self, cause: &str) -> Value {
        self.recv_iopub_of("execute_input", cause)
    }

    pub(crate) fn recv_iopub_execute_result(&mut self, cause: &str) -> Value {
        self.recv_iopub_of("execute_result", cause)
    }

    pub(crate) fn recv_iopub_display_data(&mut self, cause: &str) -> Value {
        self.recv_iopub_of("display_data", cause)
    }

    pub(crate) fn recv_iopub_error(&mut self, cause: &str) -> Value {
        self.recv_iopub_of("error", cause)
    }

    /// The content of the next reply on shell, which must have this type and cause.
    pub(crate) fn recv_reply(&mut self, msg_type: &str, cause: &str) -> Value {
        let message = self.recv_shell();
        assert_eq!((message.msg_type(), message.cause()), (msg_type, cause), "{message:?}");
        message.content
    }

    pub(crate) fn recv_execute_reply(&mut self, cause: &str) -> Value {
        self.recv_reply("execute_reply", cause)
    }

    /// Interrupts the running cell, and reads busy, reply and idle.
    pub(crate) fn interrupt(&mut self) {
        self.ask_control("interrupt_request", json!({}));
        let reply = self.recv_control();
        assert_eq!(reply.msg_type(), "interrupt_reply");
        assert_eq!(reply.content, json!({"status": "ok"}));
    }
}

/// Sends a heartbeat and returns the echo.
pub(crate) fn heartbeat(kernel: &Kernel, beat: &[u8]) -> Vec<u8> {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        wait_for(&kernel.socket(5)).await;
        let mut socket = ReqSocket::new();
        socket.connect(&url(&kernel.socket(5))).await.expect("a kernel that listens");
        socket.send(beat.to_vec().into()).await.expect("a kernel that listens");
        recv("a beat", &mut socket).await.into_vec().concat()
    })
}

/// The frames of a message with this header, signed.
pub(crate) fn signed(header: &str, content: &str) -> Vec<Vec<u8>> {
    let parts = [header, "{}", "{}", content];
    let signature = signature(&parts.map(str::as_bytes));
    let mut frames = vec![b"<IDS|MSG>".to_vec(), signature.into_bytes()];
    frames.extend(parts.map(|part| part.as_bytes().to_vec()));
    frames
}

fn signature(parts: &[&[u8]]) -> String {
    let mut hmac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("any key will do");
    parts.iter().for_each(|part| hmac.update(part));
    hmac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Checks delimiter and signature, and reads the JSON.
fn parse(message: ZmqMessage) -> Message {
    let frames = message.into_vec();
    let delimiter =
        frames.iter().position(|frame| frame == "<IDS|MSG>".as_bytes()).expect("a delimiter");
    let [signed_with, header, parent, metadata, content] = &frames[delimiter + 1..] else {
        panic!("{} frames", frames.len());
    };
    assert_eq!(signed_with, signature(&[header, parent, metadata, content]).as_bytes());
    let read = |frame: &[u8]| serde_json::from_slice(frame).expect("JSON");
    Message { header: read(header), parent: read(parent), content: read(content) }
}

fn message(frames: Vec<Vec<u8>>) -> ZmqMessage {
    let frames: Vec<bytes::Bytes> = frames.into_iter().map(Into::into).collect();
    frames.try_into().expect("at least one frame")
}

async fn recv(what: &str, socket: &mut impl SocketRecv) -> ZmqMessage {
    timeout(PATIENCE, socket.recv())
        .await
        .unwrap_or_else(|_| panic!("waited for {what}"))
        .expect(what)
}

/// As jupyter_client connects: with the session as its identity.
async fn dealer(kernel: &Kernel, socket: u8, session: &str) -> DealerSocket {
    let mut options = SocketOptions::default();
    options.peer_identity(session.parse().expect("an identity"));
    let mut dealer = DealerSocket::with_options(options);
    dealer.connect(&url(&kernel.socket(socket))).await.expect("a kernel that listens");
    dealer
}

fn url(socket: &Path) -> String {
    format!("ipc://{}", socket.display())
}

/// The heartbeat is bound last, so the other sockets are ready too.
async fn wait_for(socket: &Path) {
    let exists = async {
        while !socket.exists() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(PATIENCE, exists).await.expect("a kernel that starts");
}
