//! Which server, and which key.

use std::env;
use std::fs;
use std::path::Path;

use open_cloud_emulator::Emulator;
use rblxopencloud::{ApiKey, ApiKeyBuilder, RetryPolicy};

use crate::args::Server;
use crate::failure::{Code, Failure};
use crate::output::note;

pub(crate) struct Connection {
    pub(crate) api_key: ApiKey,
    _emulator: Option<Emulator>,
}

impl Connection {
    pub(crate) fn open(server: &Server, needs_key: bool) -> Result<Self, Failure> {
        let (builder, emulator) = if server.emulator {
            local(server)?
        } else {
            (remote(server, needs_key)?, None)
        };
        let api_key = builder
            .retry_policy(RetryPolicy::new().max_attempts(server.retries))
            .user_agent_suffix(concat!("opencloud/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            api_key,
            _emulator: emulator,
        })
    }
}

fn local(server: &Server) -> Result<(ApiKeyBuilder, Option<Emulator>), Failure> {
    if server.base_url.is_some() || server.api_key_file.is_some() {
        let message =
            "--emulator has a URL and a key of its own: leave --base-url and --api-key-file out";
        return Err(Failure::new(Code::Usage, message));
    }
    let emulator = Emulator::start().map_err(|error| {
        Failure::new(Code::Failed, "the local Open Cloud does not start").because(&error)
    })?;
    note(&format!(
        "Talking to a local Open Cloud at {}",
        emulator.url()
    ));
    let builder = ApiKey::builder(emulator.api_key()).base_url(emulator.url());
    Ok((builder, Some(emulator)))
}

fn remote(server: &Server, needs_key: bool) -> Result<ApiKeyBuilder, Failure> {
    let key = match &server.api_key_file {
        Some(path) => Some(read_key(path)?),
        None => variable("ROBLOX_API_KEY"),
    };
    let builder = match key {
        Some(key) => ApiKey::builder(key),
        None if needs_key => {
            return Err(Failure::new(
                Code::NotAllowed,
                "there is no API key: set ROBLOX_API_KEY or give --api-key-file FILE; \
                 make a key at https://create.roblox.com/dashboard/credentials, or try --emulator",
            ));
        }
        None => ApiKeyBuilder::anonymous(),
    };
    let url = server.base_url.clone();
    Ok(match url.or_else(|| variable("ROBLOX_BASE_URL")) {
        Some(url) => builder.base_url(url),
        None => builder,
    })
}

fn read_key(path: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::new(
            Code::Failed,
            format!("the key file {} cannot be read", path.display()),
        )
        .because(&error)
    })?;
    Ok(text.trim().to_owned())
}

/// An environment variable; one that is empty counts as not set.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
