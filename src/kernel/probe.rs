//! A front end with one question: does this kernel start, and what is it?
//!
//! For `flamebook doctor`. It starts the executable as Jupyter would, with a
//! connection file, asks `kernel_info_request` on the shell socket, and ends it.

use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jupyter_protocol::ConnectionInfo;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpStream;
use uuid::Uuid;
use zeromq::{DealerSocket, Socket, SocketRecv, SocketSend, ZmqMessage};

use crate::kernel::wire::{Parent, Wire};

/// A cold disk is slow; more than this is a kernel that hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between two attempts to connect to a kernel that has not bound its sockets yet.
const PAUSE: Duration = Duration::from_millis(5);

/// What a kernel said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub implementation: String,
    pub version: String,
    pub protocol: String,
    /// From the start of the process to its reply.
    pub after: Duration,
}

#[derive(Deserialize)]
struct KernelInfo {
    implementation: String,
    implementation_version: String,
    protocol_version: String,
}

/// Starts `executable kernel --connection-file …`, asks it, and ends it.
///
/// Fails when it does not start, ends by itself, or is silent for ten seconds.
pub fn ask(executable: &Path) -> Result<Answer> {
    let connection = connection()?;
    let file = ConnectionFile::write(&connection)?;
    let start = Instant::now();
    let mut kernel = Process::start(executable, &file.0)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let info = runtime.block_on(async {
        tokio::time::timeout(PATIENCE, exchange(&connection, &mut kernel))
            .await
            .with_context(|| format!("no answer within {} s", PATIENCE.as_secs()))?
    })?;
    Ok(Answer {
        implementation: info.implementation,
        version: info.implementation_version,
        protocol: info.protocol_version,
        after: start.elapsed(),
    })
}

async fn exchange(connection: &ConnectionInfo, kernel: &mut Process) -> Result<KernelInfo> {
    let wire = Wire::new(connection)?;
    let mut shell = connect(connection, kernel).await?;
    let frames = wire.encode("kernel_info_request", &Parent::none(), &json!({}))?;
    let Ok(request) = ZmqMessage::try_from(frames) else { bail!("a message without frames") };
    shell.send(request).await?;
    let reply = wire.decode(shell.recv().await?.into_vec())?;
    if reply.header.msg_type != "kernel_info_reply" {
        bail!("it answers `kernel_info_request` with `{}`", reply.header.msg_type);
    }
    reply.content().context("its `kernel_info_reply` cannot be read")
}

async fn connect(connection: &ConnectionInfo, kernel: &mut Process) -> Result<DealerSocket> {
    // zeromq's own `connect` would try for ever, and not see that the process is gone.
    let (ip, port) = (connection.ip.as_str(), connection.shell_port);
    while TcpStream::connect((ip, port)).await.is_err() {
        if let Some(status) = kernel.0.try_wait()? {
            bail!("the kernel ended at once: {status}");
        }
        tokio::time::sleep(PAUSE).await;
    }
    let mut shell = DealerSocket::new();
    shell.connect(&format!("tcp://{ip}:{port}")).await?;
    Ok(shell)
}

/// Free ports on this machine. Another process may take one before the kernel
/// binds it; every front end of Jupyter lives with that.
fn connection() -> Result<ConnectionInfo> {
    let listeners = (0..5)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect::<Result<Vec<_>, _>>()
        .context("no free port on this machine")?;
    let ports = listeners.iter().map(|l| Ok(l.local_addr()?.port())).collect::<Result<Vec<_>>>()?;
    let connection = json!({
        "transport": "tcp",
        "ip": "127.0.0.1",
        "signature_scheme": "hmac-sha256",
        "key": Uuid::new_v4().to_string(),
        "shell_port": ports[0],
        "iopub_port": ports[1],
        "stdin_port": ports[2],
        "control_port": ports[3],
        "hb_port": ports[4],
    });
    Ok(serde_json::from_value(connection)?)
}

/// Removed when the question has been answered.
struct ConnectionFile(PathBuf);

impl ConnectionFile {
    /// Readable by this user alone: it holds the key.
    fn write(connection: &ConnectionInfo) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("flamebook-{}.json", Uuid::new_v4()));
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        file.write_all(&serde_json::to_vec(connection)?)?;
        Ok(Self(path))
    }
}

impl Drop for ConnectionFile {
    fn drop(&mut self) {
        // One small file in the temporary folder is no reason to fail.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A kernel that ends with its question.
struct Process(Child);

impl Process {
    fn start(executable: &Path, connection_file: &Path) -> Result<Self> {
        Command::new(executable)
            .args(["kernel", "--connection-file"])
            .arg(connection_file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Self)
            .with_context(|| format!("cannot start {}", executable.display()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only for a process that has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_kernel_is_told_apart() {
        let missing = ask(Path::new("no-such-kernel")).expect_err("it is not there");
        assert!(missing.to_string().contains("cannot start no-such-kernel"), "{missing}");
        let ends = ask(Path::new("/bin/true")).expect_err("it ends at once");
        assert!(ends.to_string().contains("ended at once"), "{ends}");
    }
}
