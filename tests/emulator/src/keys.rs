//! API keys and access tokens: who may ask for what.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::dice::{self, Dice};
use crate::lock;
use crate::response::{Response, gateway};

/// The user who owns the emulator's ready key and token.
pub(crate) const READY_USER: u64 = 1001;

/// Every scope that an endpoint of the emulator asks for.
const SCOPES: [(&str, &[&str]); 7] = [
    ("asset", &["read", "write"]),
    ("asset-permissions", &["write"]),
    ("creator-store-product", &["read", "write"]),
    ("creator-store-save", &["read", "write"]),
    ("legacy-asset", &["manage"]),
    ("user.advanced", &["read"]),
    ("user.social", &["read"]),
];

/// An API key (or access token) to be added to an emulator: what it is called, whose it is,
/// and what it may do. A new one may do nothing.
///
/// ```
/// use open_cloud_emulator::{Emulator, KeySpec, Scope};
///
/// # fn main() -> std::io::Result<()> {
/// let emulator = Emulator::start()?;
/// let key = emulator.add_key(
///     KeySpec::new("read only")
///         .authorized_user(156)
///         .scope("creator-store-product", ["read"])
///         .with_scope(Scope::new("asset", ["read"]).user_ids([156]).group_ids(["*"])),
/// );
/// # assert!(key.len() > 40);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySpec {
    name: String,
    authorized_user: u64,
    enabled: bool,
    expired: bool,
    expires_at: Option<String>,
    scopes: Vec<Scope>,
}

impl KeySpec {
    /// A key of user 1001 that is enabled, never expires and has no scopes.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            authorized_user: READY_USER,
            enabled: true,
            expired: false,
            expires_at: None,
            scopes: Vec::new(),
        }
    }

    /// Whose key it is.
    #[must_use]
    pub fn authorized_user(mut self, user_id: u64) -> Self {
        self.authorized_user = user_id;
        self
    }

    /// Whether the key may be used at all.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Whether the key has expired.
    #[must_use]
    pub fn expired(mut self, expired: bool) -> Self {
        self.expired = expired;
        self
    }

    /// When the key expires, as an RFC 3339 time that introspection repeats as it stands.
    /// A key whose time has passed is expired.
    #[must_use]
    pub fn expires_at(mut self, time: impl Into<String>) -> Self {
        self.expires_at = Some(time.into());
        self
    }

    /// Adds a scope that is not limited to any resources.
    #[must_use]
    pub fn scope<O: Into<String>>(
        self,
        name: impl Into<String>,
        operations: impl IntoIterator<Item = O>,
    ) -> Self {
        self.with_scope(Scope::new(name, operations))
    }

    /// Adds a scope.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scopes.push(scope);
        self
    }

    /// Adds every scope that the emulator's endpoints ask for.
    #[must_use]
    pub fn every_scope(mut self) -> Self {
        for (name, operations) in SCOPES {
            let scope = Scope::new(name, operations.iter().copied());
            self.scopes.push(match name {
                "asset" => scope.user_ids(["*"]).group_ids(["*"]),
                _ => scope,
            });
        }
        self
    }

    fn has_expired(&self) -> bool {
        let passed = self
            .expires_at
            .as_deref()
            .and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok())
            .is_some_and(|time| time <= OffsetDateTime::now_utc());
        self.expired || passed
    }

    /// The key as introspection describes it.
    pub(crate) fn introspection(&self) -> Value {
        let scopes: Vec<Value> = self.scopes.iter().map(Scope::introspection).collect();
        let mut body = json!({
            "name": self.name,
            "authorizedUserId": self.authorized_user,
            "scopes": scopes,
            "enabled": self.enabled,
            "expired": self.has_expired(),
        });
        if let (Some(object), Some(time)) = (body.as_object_mut(), &self.expires_at) {
            object.insert("expirationTimeUtc".to_owned(), json!(time));
        }
        body
    }
}

/// One scope of a key: a name, operations, and the resources it is limited to, if any.
/// `"*"` among the resources stands for all of that kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    name: String,
    operations: Vec<String>,
    user_ids: Option<Vec<String>>,
    group_ids: Option<Vec<String>>,
    universe_ids: Option<Vec<String>>,
    datastores: Option<Vec<(String, Option<String>)>>,
}

impl Scope {
    /// A scope that is not limited to any resources, such as `"asset"` with `["read"]`.
    #[must_use]
    pub fn new<O: Into<String>>(
        name: impl Into<String>,
        operations: impl IntoIterator<Item = O>,
    ) -> Self {
        Self {
            name: name.into(),
            operations: operations.into_iter().map(Into::into).collect(),
            user_ids: None,
            group_ids: None,
            universe_ids: None,
            datastores: None,
        }
    }

    /// Limits the scope to users.
    #[must_use]
    pub fn user_ids<I: ToString>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.user_ids = Some(strings(ids));
        self
    }

    /// Limits the scope to groups.
    #[must_use]
    pub fn group_ids<I: ToString>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.group_ids = Some(strings(ids));
        self
    }

    /// Limits the scope to universes.
    #[must_use]
    pub fn universe_ids<I: ToString>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.universe_ids = Some(strings(ids));
        self
    }

    /// Limits the scope to data stores: adds the one of this name in this universe.
    #[must_use]
    pub fn datastore(mut self, universe_id: impl ToString, name: impl Into<String>) -> Self {
        self.datastores
            .get_or_insert_default()
            .push((universe_id.to_string(), Some(name.into())));
        self
    }

    /// Limits the scope to data stores: adds an entry for a universe that names no data store.
    #[must_use]
    pub fn datastores_of_universe(mut self, universe_id: impl ToString) -> Self {
        self.datastores
            .get_or_insert_default()
            .push((universe_id.to_string(), None));
        self
    }

    fn grants(&self, scope: &str) -> bool {
        scope.split_once(':').is_some_and(|(name, operation)| {
            self.name == name && self.operations.iter().any(|own| own == operation)
        })
    }

    fn introspection(&self) -> Value {
        let mut scope = json!({ "name": self.name, "operations": self.operations });
        let Some(object) = scope.as_object_mut() else {
            return scope;
        };
        if let Some(stores) = &self.datastores {
            let stores: Vec<Value> = stores
                .iter()
                .map(|(universe, name)| match name {
                    Some(name) => json!({ "universeId": universe, "datastoreName": name }),
                    None => json!({ "universeId": universe }),
                })
                .collect();
            object.insert("universeDatastores".to_owned(), json!(stores));
        }
        for (name, ids) in [
            ("userIds", &self.user_ids),
            ("groupIds", &self.group_ids),
            ("universeIds", &self.universe_ids),
        ] {
            if let Some(ids) = ids {
                object.insert(name.to_owned(), json!(ids));
            }
        }
        scope
    }
}

fn strings<I: ToString>(ids: impl IntoIterator<Item = I>) -> Vec<String> {
    ids.into_iter().map(|id| id.to_string()).collect()
}

/// Who sent a request.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) user: u64,
    pub(crate) oauth: bool,
    /// Whose rate limits the request counts against.
    pub(crate) counted_as: String,
    scopes: Vec<Scope>,
}

impl Identity {
    pub(crate) fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own.grants(scope))
    }

    /// Whether a scope reaches the things of a user; a scope without a list reaches all.
    pub(crate) fn reaches_user(&self, scope: &str, id: u64) -> bool {
        self.reaches(scope, id, |own| own.user_ids.as_ref())
    }

    /// Whether a scope reaches the things of a group; a scope without a list reaches all.
    pub(crate) fn reaches_group(&self, scope: &str, id: u64) -> bool {
        self.reaches(scope, id, |own| own.group_ids.as_ref())
    }

    fn reaches(&self, scope: &str, id: u64, list: impl Fn(&Scope) -> Option<&Vec<String>>) -> bool {
        let id = id.to_string();
        self.scopes.iter().any(|own| {
            let unlimited = own.user_ids.is_none() && own.group_ids.is_none();
            let named =
                list(own).is_some_and(|ids| ids.iter().any(|entry| entry == "*" || *entry == id));
            own.grants(scope) && (unlimited || named)
        })
    }
}

/// Every key and token of an emulator.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    known: Mutex<HashMap<String, Credential>>,
}

#[derive(Clone, Debug)]
struct Credential {
    spec: KeySpec,
    oauth: bool,
    number: usize,
}

impl Keys {
    pub(crate) fn add(&self, spec: KeySpec, oauth: bool) -> String {
        let mut known = lock(&self.known);
        let number = known.len();
        let secret = secret(&spec.name, number, oauth);
        let credential = Credential {
            spec,
            oauth,
            number,
        };
        known.insert(secret.clone(), credential);
        secret
    }

    /// Adds an API key that is known beforehand.
    pub(crate) fn add_fixed(&self, secret: &str, spec: KeySpec) {
        let mut known = lock(&self.known);
        let credential = Credential {
            spec,
            oauth: false,
            number: known.len(),
        };
        known.insert(secret.to_owned(), credential);
    }

    /// Whether this is a key or a token.
    pub(crate) fn has(&self, secret: &str) -> bool {
        lock(&self.known).contains_key(secret)
    }

    /// Who sends these headers, without what makes it a secret.
    pub(crate) fn who(&self, api_key: Option<&str>, authorization: Option<&str>) -> String {
        let token = || Some(authorization?.split_once(' ')?.1);
        let Some(secret) = api_key.or_else(token) else {
            return match authorization {
                Some(_) => "unknown".to_owned(),
                None => "none".to_owned(),
            };
        };
        match lock(&self.known).get(secret) {
            Some(found) if found.oauth != api_key.is_some() => {
                let kind = if found.oauth { "token" } else { "key" };
                format!("{kind}:{}", found.spec.authorized_user)
            }
            _ => "unknown".to_owned(),
        }
    }

    /// The specification of an API key, whatever its state.
    pub(crate) fn find(&self, secret: &str) -> Option<KeySpec> {
        lock(&self.known)
            .get(secret)
            .filter(|credential| !credential.oauth)
            .map(|credential| credential.spec.clone())
    }

    /// Who sends these headers: `None` if they hold no credential.
    pub(crate) fn identify(
        &self,
        api_key: Option<&str>,
        authorization: Option<&str>,
    ) -> Result<Option<Identity>, Response> {
        let (secret, oauth) = match (api_key, authorization) {
            (Some(key), _) => (key, false),
            (None, Some(value)) => match value.split_once(' ') {
                Some((kind, token)) if kind.eq_ignore_ascii_case("bearer") => (token, true),
                _ => return Err(gateway(401, 0, "Invalid authorization header")),
            },
            (None, None) => return Ok(None),
        };
        let known = lock(&self.known);
        let Some(credential) = known.get(secret).filter(|found| found.oauth == oauth) else {
            return Err(invalid(oauth));
        };
        if !credential.spec.enabled {
            return Err(gateway(403, 0, "API Key is disabled"));
        }
        if credential.spec.has_expired() {
            return Err(gateway(401, 0, "API Key is expired"));
        }
        let user = credential.spec.authorized_user;
        Ok(Some(Identity {
            user,
            oauth,
            counted_as: match oauth {
                true => format!("token {}", credential.number),
                false => format!("owner {user}"),
            },
            scopes: credential.spec.scopes.clone(),
        }))
    }
}

pub(crate) fn invalid(oauth: bool) -> Response {
    let message = match oauth {
        true => "Invalid access token",
        false => "Invalid API Key",
    };
    gateway(401, 0, message)
}

/// Looks random, and is the same in every run.
fn secret(name: &str, number: usize, oauth: bool) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut dice = Dice::new(dice::fingerprint(&format!("{name} {number} {oauth}")));
    let body: String = (0..96).map(|_| char::from(dice.pick(ALPHABET))).collect();
    match oauth {
        true => format!("eyJhbGciOiJFUzI1NiJ9.{}", body.replace(['+', '/'], "_")),
        false => format!("{body}=="),
    }
}
