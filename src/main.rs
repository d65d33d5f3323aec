//! The command line: the list of commands.
//!
//! Each command is a match arm in `run` and a file in `cli`. Exit codes: 0 for success,
//! 1 for an error or a failed assert, 2 for wrong usage.

mod cli;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use flamebook::kernel;
use flamebook::notebook::Notebook;

/// Query continuous profiles from a notebook or a shell
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, args_conflicts_with_subcommands = true)]
#[command(max_term_width = 100)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    open: cli::open::OpenArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    Lab(cli::lab::LabArgs),
    Eval(cli::eval::EvalArgs),
    Run(cli::run::RunArgs),
    Import(cli::import::ImportArgs),
    Scrape(cli::scrape::ScrapeArgs),
    Compact(cli::compact::CompactArgs),
    Export(cli::export::ExportArgs),
    Push(cli::push::PushArgs),
    Repair(cli::repair::RepairArgs),
    Install(cli::install::InstallArgs),
    Uninstall(cli::install::UninstallArgs),
    Doctor(cli::doctor::DoctorArgs),
    Session(cli::session::SessionArgs),
    Mcp(cli::mcp::McpArgs),
    /// Run the kernel; Jupyter starts this command
    Kernel {
        /// The connection file that Jupyter has written
        #[arg(long, short = 'f', value_name = "FILE")]
        connection_file: PathBuf,
    },
    /// Print the completion script for a shell
    Completions {
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            cli::stdout::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Some(command) = args.command else {
        let program = Args::command();
        let commands: Vec<&str> = program.get_subcommands().map(|known| known.get_name()).collect();
        return cli::open::open(&args.open, &commands);
    };
    match command {
        Command::Lab(args) => cli::lab::lab(args),
        Command::Eval(args) => cli::eval::eval(&args),
        Command::Run(args) => Ok(cli::run::run(&args)),
        Command::Import(args) => cli::import::import(&args),
        Command::Scrape(args) => cli::scrape::scrape(&args),
        Command::Compact(args) => cli::compact::compact(&args),
        Command::Export(args) => cli::export::export(&args),
        Command::Push(args) => cli::push::push(&args),
        Command::Repair(args) => cli::repair::repair(&args),
        Command::Install(args) => cli::install::install(&args),
        Command::Uninstall(args) => cli::install::uninstall(&args),
        Command::Doctor(args) => cli::doctor::doctor(args),
        Command::Session(args) => cli::session::session(&args),
        Command::Mcp(args) => cli::mcp::mcp(&args),
        Command::Kernel { connection_file } => serve(&connection_file),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "flamebook", &mut script);
            cli::stdout::print(&String::from_utf8_lossy(&script))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn serve(connection_file: &Path) -> anyhow::Result<ExitCode> {
    let notebook = Notebook::new(PathBuf::new());
    let assistant = notebook.assistant();
    kernel::serve(connection_file, Box::new(notebook), assistant)?;
    Ok(ExitCode::SUCCESS)
}
