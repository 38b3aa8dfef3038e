//! Keys for a server on this machine, that write down how long they should wait and do not.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use open_cloud_emulator::{Emulator, RecordedRequest};
use rblxopencloud::{ApiKey, ApiKeyBuilder, Error};

/// The waits that a key made in place of sleeping.
#[derive(Clone, Default)]
pub struct Waits(Arc<Mutex<Vec<Duration>>>);

impl Waits {
    /// In milliseconds; they are forgotten.
    pub fn take(&self) -> Vec<u128> {
        std::mem::take(&mut *self.0.lock().unwrap())
            .iter()
            .map(Duration::as_millis)
            .collect()
    }

    pub fn noted_by(&self, builder: ApiKeyBuilder) -> ApiKeyBuilder {
        let waits = self.clone();
        builder.sleep_with(move |pause| {
            waits.0.lock().unwrap().push(pause);
            ControlFlow::Continue(())
        })
    }
}

pub fn builder(url: &str) -> (ApiKeyBuilder, Waits) {
    let waits = Waits::default();
    (waits.noted_by(ApiKey::builder("k").base_url(url)), waits)
}

pub fn key(url: &str) -> (ApiKey, Waits) {
    let (builder, waits) = builder(url);
    (builder.build().unwrap(), waits)
}

/// The ready key of an emulator.
pub fn ready_key(emulator: &Emulator) -> ApiKey {
    let builder = ApiKey::builder(emulator.api_key()).base_url(emulator.url());
    Waits::default().noted_by(builder).build().unwrap()
}

/// The ready token of an emulator.
pub fn ready_token(emulator: &Emulator) -> ApiKey {
    let builder = ApiKeyBuilder::bearer(emulator.bearer_token()).base_url(emulator.url());
    Waits::default().noted_by(builder).build().unwrap()
}

/// The requests to paths that hold a text.
pub fn requests_to(emulator: &Emulator, path_part: &str) -> Vec<RecordedRequest> {
    let mut requests = emulator.requests();
    requests.retain(|request| request.path.contains(path_part));
    requests
}

/// What an error says, with its causes.
pub fn whole(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
