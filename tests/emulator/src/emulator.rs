//! The emulator as its users hold it.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;

use crate::fault::Fault;
use crate::keys::KeySpec;
use crate::lock;
use crate::record::RecordedRequest;
use crate::response::code_name;
use crate::route::ENDPOINTS;
use crate::server::{self, Site};
use crate::state::State;
use crate::upload::updatable;

/// A running emulator. It stops when it is dropped.
///
/// All methods take `&self` and may be called from any thread while requests are being responded to.
pub struct Emulator {
    url: String,
    api_key: String,
    bearer_token: String,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How to start an [`Emulator`].
#[derive(Clone, Default)]
#[must_use = "it does nothing until `start` is called"]
pub struct Builder {
    port: u16,
    rate_limits: bool,
    log: bool,
    api_key: Option<String>,
}

impl Builder {
    /// The port on 127.0.0.1; 0, the default, lets the system choose one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Whether rate limits are enforced from the start; see
    /// [`enforce_rate_limits`](Emulator::enforce_rate_limits).
    pub fn rate_limits(mut self, enforced: bool) -> Self {
        self.rate_limits = enforced;
        self
    }

    /// Sets the API key of user 1001 with every scope, in place of one that the emulator makes
    /// up: visible ASCII, and not empty.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Sets whether each request is logged, as a line on standard error: method, path with query,
    /// status (`cut` if there was no response), who sent it (`key:1001` or `token:1001` with the
    /// owner's id, `unknown`, `none`), and milliseconds. A key is never logged.
    pub fn log(mut self, on: bool) -> Self {
        self.log = on;
        self
    }

    /// Starts the emulator; it is ready when this returns.
    ///
    /// # Errors
    ///
    /// If the port is taken ([`AddrInUse`](io::ErrorKind::AddrInUse)), the API key cannot be one
    /// ([`InvalidInput`](io::ErrorKind::InvalidInput)), or the system gives no thread or socket.
    pub fn start(self) -> io::Result<Emulator> {
        if self.api_key.as_deref().is_some_and(|key| !is_key(key)) {
            let message = "an API key is visible ASCII, without blanks, and not empty";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let listener = listen(self.port)?;
        let url = format!("http://{}", listener.local_addr()?);
        let delivery = listen(0)?;
        let delivery_url = format!("http://{}", delivery.local_addr()?);
        let state = Arc::new(State::new(delivery_url, self.log));
        state.rates.enforce(self.rate_limits);
        let spec = KeySpec::new("ready key").every_scope();
        let api_key = match self.api_key {
            Some(key) => {
                state.keys.add_fixed(&key, spec);
                key
            }
            None => state.keys.add(spec, false),
        };
        let bearer_token = state
            .keys
            .add(KeySpec::new("ready token").every_scope(), true);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        for (listener, site) in [(listener, Site::Api), (delivery, Site::Delivery)] {
            let _inside = runtime.enter();
            let listener = tokio::net::TcpListener::from_std(listener)?;
            runtime.spawn(server::accept(Arc::clone(&state), listener, site));
        }
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("open-cloud-emulator".to_owned())
            .spawn(move || {
                // Either a message or the loss of the sender ends it; connections go with it.
                let _ = runtime.block_on(stopped);
            })?;
        Ok(Emulator {
            url,
            api_key,
            bearer_token,
            state,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl fmt::Debug for Builder {
    /// Leaves out the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("port", &self.port)
            .field("rate_limits", &self.rate_limits)
            .field("log", &self.log)
            .field("has_api_key", &self.api_key.is_some())
            .finish()
    }
}

impl Emulator {
    /// Starts an emulator on a port that the system chooses.
    ///
    /// # Errors
    ///
    /// If the system gives no thread or socket.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// Starts to describe an emulator.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens, such as `http://127.0.0.1:49152`: to be used in place of
    /// `https://apis.roblox.com`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the content of assets is delivered from: the locations that asset delivery responds
    /// with begin with it. Requests there are rejected if they hold a credential.
    #[must_use]
    pub fn delivery_url(&self) -> &str {
        &self.state.delivery_url
    }

    /// An API key of user 1001 with every scope that the endpoints ask for: the builder's, if it
    /// has one.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// An OAuth2 access token of user 1001 with every scope that the endpoints ask for.
    #[must_use]
    pub fn bearer_token(&self) -> &str {
        &self.bearer_token
    }

    /// Adds an API key and returns it.
    #[must_use = "nothing else knows the key"]
    pub fn add_key(&self, spec: KeySpec) -> String {
        self.state.keys.add(spec, false)
    }

    /// Adds an OAuth2 access token and returns it.
    #[must_use = "nothing else knows the token"]
    pub fn add_token(&self, spec: KeySpec) -> String {
        self.state.keys.add(spec, true)
    }

    /// Every request so far, in the order of their arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.recorder.all()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.state.recorder.clear();
    }

    /// How many TCP connections were accepted so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Responds to the next `n` requests with this status, in the format of `/cloud/v2` errors,
    /// without acting on them.
    pub fn fail_next(&self, n: usize, status: u16) {
        let body = serde_json::json!({
            "code": code_name(status),
            "message": "The emulator was told to fail.",
        });
        self.fault_next(n, Fault::json(status, &body));
    }

    /// Lets something go wrong with the next `n` requests. Faults queue up: this one comes after
    /// those that are still to come.
    pub fn fault_next(&self, n: usize, fault: Fault) {
        self.state.faults.plan("", n, fault);
    }

    /// Lets something go wrong with the next `n` requests whose path contains a text, such as
    /// `"/operations/"`.
    pub fn fault_next_to(&self, path_part: &str, n: usize, fault: Fault) {
        self.state.faults.plan(path_part, n, fault);
    }

    /// Forgets the faults that are still to come.
    pub fn clear_faults(&self) {
        self.state.faults.clear();
    }

    /// Whether requests beyond the documented limits are rejected with status 429. They are not
    /// unless this is called; the `x-ratelimit-` headers are sent in any case. Counting starts
    /// afresh.
    pub fn enforce_rate_limits(&self, enforced: bool) {
        self.state.rates.enforce(enforced);
    }

    /// Sets how often an endpoint may be called in a minute. Counting starts afresh.
    ///
    /// # Panics
    ///
    /// If [`endpoint_names`](Self::endpoint_names) has no such name.
    pub fn set_rate_limit(&self, endpoint_name: &str, limit: u32) {
        let endpoint = ENDPOINTS
            .iter()
            .find(|endpoint| endpoint.name == endpoint_name);
        assert!(endpoint.is_some(), "no endpoint is called {endpoint_name}");
        if let Some(endpoint) = endpoint {
            self.state.rates.set_limit(endpoint.name, limit);
        }
    }

    /// Sets the length of the minute of the rate limits. Counting starts afresh.
    pub fn set_rate_limit_period(&self, period: Duration) {
        self.state.rates.set_period(period);
    }

    /// Puts the clock of the rate limits forward, so that a test need not wait for a window to end. A
    /// client's sleep can call it instead of sleeping. Nothing else goes by this clock.
    pub fn advance_clock(&self, by: Duration) {
        self.state.rates.advance_clock(by);
    }

    /// Returns the time of the rate limits: how long ago the emulator was started, and how far
    /// [`advance_clock`](Self::advance_clock) has put it forward.
    #[must_use]
    pub fn clock(&self) -> Duration {
        self.state.rates.clock()
    }

    /// The names of the endpoints, as [`set_rate_limit`](Self::set_rate_limit) takes them.
    #[must_use]
    pub fn endpoint_names(&self) -> Vec<&'static str> {
        ENDPOINTS.iter().map(|endpoint| endpoint.name).collect()
    }

    /// The ids of the creator store's assets of a category, such as `"Audio"`, in order.
    #[must_use]
    pub fn toolbox_asset_ids(&self, category: &str) -> Vec<u64> {
        self.state.catalogue.ids(category)
    }

    /// Everything the creator store tells about an asset: the JSON that a request for its
    /// details gets.
    #[must_use]
    pub fn toolbox_asset(&self, id: u64) -> Option<Value> {
        let id = i64::try_from(id).ok()?;
        Some(self.state.catalogue.find(id)?.full.clone())
    }

    /// Sets how often the operations that start from now on must be asked after until they are
    /// done: 2 unless this is called. With 0 they are done when they start.
    pub fn set_operation_polls(&self, polls: usize) {
        self.state.operations.set_polls(polls);
    }

    /// Lets the next operation that starts end with an error, without acting.
    pub fn fail_next_operation(&self, code: i32, message: impl Into<String>) {
        self.state.operations.fail_next(code, message.into());
    }

    /// Whether operations start with `{"operationId": "..."}` and no `path`, but for those that
    /// are done when they start, which have everything except for the path. They have a path unless
    /// this is called.
    pub fn set_operation_id_only(&self, on: bool) {
        self.state.operations.set_id_only(on);
    }

    /// Sets how many polls of each operation that starts from now on get a 404, before
    /// any other: as when a service learns of an operation late. None are unless this is called.
    pub fn set_operation_missing_polls(&self, polls: usize) {
        self.state.operations.set_missing_polls(polls);
    }

    /// Rejects a part of the next update that changes this field of an asset, such as `"icon"`: the
    /// field stays as it is, and the update's operation is done with a `response` and, in
    /// `metadata.errors`, with this message. Other fields change. An update without content then
    /// also has an operation, which is done when it starts. Called for several fields, it rejects
    /// each.
    ///
    /// # Panics
    ///
    /// If no update can change such a field.
    pub fn reject_next_update_field(&self, field: &str, message: impl Into<String>) {
        let known = updatable(field);
        assert!(known.is_some(), "no update changes {field}");
        if let Some(field) = known {
            lock(&self.state.rejected_fields).push((field, message.into()));
        }
    }

    /// Sets what an upload costs in Robux, nothing unless this is called. Requests that expect a
    /// lower price are rejected.
    pub fn set_upload_price(&self, robux: u32) {
        let price = i64::from(robux);
        self.state.upload_price.store(price, Ordering::SeqCst);
    }

    /// Sets how many assets of a type, such as `"Audio"`, every user may upload.
    pub fn set_upload_quota(&self, asset_type: &str, capacity: u64) {
        self.state.quotas.set_uploads(asset_type, capacity);
    }

    /// Whether assets and operations look as in the guide (ids as strings, `ASSET_TYPE_MODEL`,
    /// nine digits of a second, errors of operations as `status`, nothing but a `path` when they
    /// start) or as in the reference (numbers, `Model`, `error`, `done`). Unless this is called, the responses of operations look as in the guide
    /// and all else as in the reference.
    pub fn set_guide_style(&self, on: bool) {
        *lock(&self.state.guide_style) = Some(on);
    }

    /// Whether lists of versions are the bare arrays of the reference, which have no room for a
    /// token, instead of objects.
    pub fn set_version_arrays(&self, on: bool) {
        self.state.version_arrays.store(on, Ordering::SeqCst);
    }

    /// Whether searches put an empty page with a token between any two others, as services that
    /// filter late do. They do not unless this is called.
    pub fn set_empty_pages(&self, on: bool) {
        self.state.empty_pages.store(on, Ordering::SeqCst);
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("url", &self.url)
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}

/// Whether a text can be an API key: sent in a header, and without blanks to get lost.
fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        let message = match error.kind() {
            io::ErrorKind::AddrInUse => format!("port {port} of 127.0.0.1 is taken"),
            _ => format!("port {port} of 127.0.0.1 cannot be opened: {error}"),
        };
        io::Error::new(error.kind(), message)
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<Emulator>();
};
