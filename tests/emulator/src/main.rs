//! The emulator as a program: prints where it listens and what key it takes, and runs until it is
//! killed.

use std::io::Write;
use std::process::ExitCode;

use lexopt::{Arg, Parser, ValueExt};
use open_cloud_emulator::Emulator;

const HELP: &str = "\
A local Roblox Open Cloud.

Usage: open-cloud-emulator [--port PORT] [--rate-limits]

Options:
  -p, --port PORT    the port on 127.0.0.1; one that the system chooses if it is left out
      --rate-limits  refuse requests beyond the documented limits a minute
  -h, --help         print this and exit
";

#[derive(Debug, Default)]
struct Options {
    port: u16,
    rate_limits: bool,
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
    let emulator = Emulator::builder()
        .port(options.port)
        .rate_limits(options.rate_limits)
        .start()
        .map_err(|error| format!("it does not start: {error}"))?;
    say(&greeting(emulator.url(), emulator.api_key()));
    loop {
        std::thread::park();
    }
}

fn parse(mut arguments: Parser) -> Result<Options, lexopt::Error> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Short('p') | Arg::Long("port") => options.port = arguments.value()?.parse()?,
            Arg::Long("rate-limits") => options.rate_limits = true,
            Arg::Short('h') | Arg::Long("help") => options.help = true,
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

fn greeting(url: &str, key: &str) -> String {
    format!(
        "\
Listening on {url}

export ROBLOX_BASE_URL='{url}'
export ROBLOX_API_KEY='{key}'

curl -H \"x-api-key: $ROBLOX_API_KEY\" \\
  \"{url}/toolbox-service/v2/assets:search?searchCategoryType=Audio&query=menu%20theme\"
"
    )
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
        assert!(parse(Parser::from_args(["--port", "80800"])).is_err());
        assert!(parse(Parser::from_args(["--verbose"])).is_err());
        assert!(parse(Parser::from_args(["stray"])).is_err());
    }
}
