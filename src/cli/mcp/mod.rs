//! `flamebook mcp`: a session for an agent, by the Model Context Protocol over standard input
//! and output.
//!
//! `tools` turns a call into a cell, `evaluation` runs cells one after the other, `brief` cuts
//! their results to what an agent can read. Every answer ends with the command that gives a
//! person the same.

mod brief;
mod evaluation;
mod tools;

use std::process::ExitCode;

use anyhow::Context;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::transport::stdio;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};

use self::evaluation::Evaluation;

/// Serve profiles to an agent over standard input and output (Model Context Protocol)
#[derive(Debug, clap::Args)]
pub(crate) struct McpArgs {}

/// What an agent reads before its first call.
const INSTRUCTIONS: &str = "Profiles over time, asked in a small language: a PromQL selector, \
then pipes. Open a source first (\"demo:\" has an example). Start with \
`cpu{version=\"2\"} | diff {version=\"1\"} | explain` for a change, `cpu | top 10` for one side, \
`inuse_space | trending` for a leak. ± and ≈ are 95 % intervals: ≈ is no change.";

pub(crate) fn mcp(_: &McpArgs) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("cannot start the server")?;
    let server = Server { evaluation: Evaluation::start()? };
    runtime.block_on(async {
        let service =
            server.serve(stdio()).await.context("no client has initialised the server")?;
        service.waiting().await.context("the server has failed")
    })?;
    // Standard input may be read by a thread that nobody can stop.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// Answers one agent.
struct Server {
    evaluation: Evaluation,
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        let mut info = ServerConfig::new(capabilities).with_instructions(INSTRUCTIONS);
        info.server_info = Implementation::new("flamebook", env!("CARGO_PKG_VERSION"));
        info
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all()))
    }

    /// What a call says wrong is an answer for the agent, not a fault of the protocol.
    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let cell = tools::cell(&call.name, call.arguments.unwrap_or_default());
        let answer = match cell {
            Ok(cell) => self.evaluation.run(cell, context.ct.cancelled()).await,
            Err(wrong) => Err(wrong),
        };
        let result = match answer {
            Ok(text) => CallToolResult::success(vec![ContentBlock::text(text)]),
            Err(text) => CallToolResult::error(vec![ContentBlock::text(text)]),
        };
        Ok(result.into())
    }
}
