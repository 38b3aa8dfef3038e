//! A key for an example: Roblox's when there is one, or else a local Open Cloud's.

use std::env;
use std::error::Error;

use open_cloud_emulator::Emulator;
use rblxopencloud::{ApiKey, ApiKeyBuilder};

/// The key, and the local Open Cloud that it is for, which must be kept for as long as the key is used.
#[allow(dead_code, reason = "an example needs this or `builder`")]
pub(crate) fn api_key() -> Result<(ApiKey, Option<Emulator>), Box<dyn Error>> {
    let (builder, emulator) = builder()?;
    Ok((builder.build()?, emulator))
}

/// The same, for an example that sets options of its own. `ROBLOX_BASE_URL` leads to another Open Cloud.
pub(crate) fn builder() -> Result<(ApiKeyBuilder, Option<Emulator>), Box<dyn Error>> {
    // As many shells and CI systems have it, a variable that is empty is one that is not set.
    let key = env::var("ROBLOX_API_KEY").ok();
    if let Some(key) = key.filter(|key| !key.is_empty()) {
        let builder = ApiKey::builder(key);
        let Ok(url) = env::var("ROBLOX_BASE_URL") else {
            eprintln!("Talking to Roblox with the key in ROBLOX_API_KEY.\n");
            return Ok((builder, None));
        };
        eprintln!("Talking to {url} with the key in ROBLOX_API_KEY.\n");
        return Ok((builder.base_url(url), None));
    }
    let emulator = Emulator::start()?;
    eprintln!(
        "ROBLOX_API_KEY is not set: talking to a local Open Cloud at {}.\n",
        emulator.url()
    );
    let builder = ApiKey::builder(emulator.api_key()).base_url(emulator.url());
    Ok((builder, Some(emulator)))
}
