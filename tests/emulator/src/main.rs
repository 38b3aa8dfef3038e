//! The emulator as a program: prints where it listens and what key it takes, and runs until it is
//! killed.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use lexopt::{Arg, Parser, ValueExt};
use open_cloud_emulator::Emulator;

const HELP: &str = "\
A local Roblox Open Cloud.

Usage: open-cloud-emulator [--port PORT] [--key KEY] [--rate-limits] [--log]

Options:
  -p, --port PORT    the port on 127.0.0.1; one that the system chooses if it is left out
      --key KEY      the API key of user 1001, visible ASCII; one that is made up if it is left out
      --rate-limits  reject requests beyond the documented limits a minute
      --log          log each request on standard error: method, path with query, status,
                     who sent it (key:OWNER, token:OWNER, unknown, none), and milliseconds
  -h, --help         print this and exit
";

#[derive(Default)]
struct Options {
    port: u16,
    key: Option<String>,
    rate_limits: bool,
    log: bool,
    help: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "open-cloud-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), lexopt::Error> {
    let options = parse(Parser::from_env())?;
    if options.help {
        say(HELP);
        return Ok(());
    }
    let mut builder = Emulator::builder()
        .port(options.port)
        .rate_limits(options.rate_limits)
        .log(options.log);
    if let Some(key) = options.key {
        builder = builder.api_key(key);
    }
    let emulator = builder.start().map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => format!(
            "{error}: stop the program that listens there, choose another with --port, \
             or leave --port out"
        ),
        _ => error.to_string(),
    })?;
    say(&greeting(&emulator));
    loop {
        std::thread::park();
    }
}

fn parse(mut arguments: Parser) -> Result<Options, lexopt::Error> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Short('p') | Arg::Long("port") => options.port = arguments.value()?.parse()?,
            Arg::Long("key") => options.key = Some(arguments.value()?.string()?),
            Arg::Long("log") => options.log = true,
            Arg::Long("rate-limits") => options.rate_limits = true,
            Arg::Short('h') | Arg::Long("help") => options.help = true,
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

fn greeting(emulator: &Emulator) -> String {
    let url = emulator.url();
    let key = quoted(emulator.api_key());
    let token = quoted(emulator.bearer_token());
    format!(
        "\
Listening on {url}

export ROBLOX_BASE_URL='{url}'
export ROBLOX_API_KEY={key}
export ROBLOX_BEARER_TOKEN={token}

curl -H \"x-api-key: $ROBLOX_API_KEY\" \\
  \"{url}/toolbox-service/v2/assets:search?searchCategoryType=Audio&query=menu%20theme\"
"
    )
}

/// A text as a shell reads it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Prints, and does not mind if nobody listens.
fn say(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read() {
        let options = parse(Parser::from_args(["--port", "8080", "--rate-limits"])).unwrap();
        assert_eq!((options.port, options.rate_limits), (8080, true));
        let options = parse(Parser::from_args(["--key=a=b", "--log"])).unwrap();
        assert_eq!((options.key.as_deref(), options.log), (Some("a=b"), true));
        assert!(parse(Parser::from_args(["--key"])).is_err());
        assert!(parse(Parser::from_args(["--port", "80800"])).is_err());
        assert!(parse(Parser::from_args(["--verbose"])).is_err());
        assert!(parse(Parser::from_args(["stray"])).is_err());
    }

    #[test]
    fn quotes_survive_the_shell() {
        assert_eq!(quoted("a'b"), r"'a'\''b'");
    }
}
