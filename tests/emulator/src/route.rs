//! The endpoints: their paths, who may call them, how often, and what responds.

use bytes::Bytes;
use hyper::HeaderMap;
use percent_encoding::percent_decode_str;

use crate::catalogue::Owner;
use crate::form::Form;
use crate::keys::Identity;
use crate::query::{self, Query};
use crate::response::{Outcome, Response, Style, gateway};
use crate::state::State;
use crate::{
    assets, delivery, introspect, operations, people, permissions, products, quotas, saves, search,
    upload,
};

/// The decoded parameters of a path, by name.
pub(crate) type Parameters = Vec<(&'static str, String)>;

/// A request on its way to the function that responds to it.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) state: &'a State,
    pub(crate) style: Style,
    pub(crate) identity: Option<Identity>,
    pub(crate) parameters: Parameters,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The body, if it is a form.
    pub(crate) form: Option<Form>,
}

impl Call<'_> {
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters
            .iter()
            .find(|(own, _)| *own == name)
            .map_or("", |(_, value)| value)
    }

    /// A path parameter that is an int64.
    pub(crate) fn id(&self, name: &str) -> Result<i64, Response> {
        let text = self.parameter(name);
        query::integer(text)
            .ok_or_else(|| self.style.invalid(name, &format!("'{text}' is not an ID.")))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn may(&self, scope: &str) -> bool {
        self.identity
            .as_ref()
            .is_some_and(|identity| identity.may(scope))
    }

    /// Whether the things of an owner may be changed with a scope.
    pub(crate) fn manages(&self, owner: Owner, scope: &str) -> bool {
        let Some(identity) = &self.identity else {
            return false;
        };
        match owner {
            Owner::User(id) => u64::try_from(id)
                .is_ok_and(|id| id == identity.user && identity.reaches_user(scope, id)),
            Owner::Group(id) => u64::try_from(id).is_ok_and(|id| {
                people::manages_group(identity.user, id) && identity.reaches_group(scope, id)
            }),
            Owner::Nobody => false,
        }
    }

    /// Whose key it is; 0 where no key is needed.
    pub(crate) fn user(&self) -> u64 {
        self.identity.as_ref().map_or(0, |identity| identity.user)
    }
}

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    KeyOrToken,
    Key,
    /// Also without a credential, but not with a wrong one.
    Anyone,
    /// Credentials are not looked at.
    Open,
}

/// What an endpoint reads besides the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Nothing,
    Bytes,
    /// `multipart/form-data`; other bodies are read as bytes.
    Form,
}

/// One row of the reference.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pattern: &'static str,
    pub(crate) style: Style,
    pub(crate) access: Access,
    pub(crate) scopes: &'static [&'static str],
    /// Requests a minute for the owner of a key, and for a token.
    pub(crate) limits: Option<(u32, u32)>,
    pub(crate) input: Input,
    pub(crate) handler: fn(&Call<'_>) -> Outcome,
}

impl Endpoint {
    const fn new(
        name: &'static str,
        method: &'static str,
        pattern: &'static str,
        style: Style,
        handler: fn(&Call<'_>) -> Outcome,
    ) -> Self {
        Self {
            name,
            method,
            pattern,
            style,
            access: Access::KeyOrToken,
            scopes: &[],
            limits: None,
            input: Input::Nothing,
            handler,
        }
    }

    const fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    const fn scopes(mut self, scopes: &'static [&'static str]) -> Self {
        self.scopes = scopes;
        self
    }

    const fn limits(mut self, key: u32, token: u32) -> Self {
        self.limits = Some((key, token));
        self
    }

    const fn input(mut self, input: Input) -> Self {
        self.input = input;
        self
    }
}

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::new(
        "api-keys.introspect",
        "POST",
        "/api-keys/v1/introspect",
        Style::Gateway,
        introspect::introspect,
    )
    .access(Access::Open)
    .input(Input::Bytes),
    Endpoint::new(
        "toolbox.search",
        "GET",
        "/toolbox-service/v2/assets:search",
        Style::Problem,
        search::search,
    )
    .access(Access::Anyone)
    .scopes(&["creator-store-product:read"])
    .limits(1000, 1000),
    Endpoint::new(
        "toolbox.details",
        "GET",
        "/toolbox-service/v2/assets/{id}",
        Style::Problem,
        search::details,
    )
    .access(Access::Anyone)
    .scopes(&["creator-store-product:read"])
    .limits(1000, 1000),
    Endpoint::new(
        "saves.list",
        "GET",
        "/toolbox-service/v1/saves",
        Style::Problem,
        saves::list,
    )
    .scopes(&["creator-store-save:read"])
    .limits(200, 200),
    Endpoint::new(
        "saves.create",
        "POST",
        "/toolbox-service/v1/saves",
        Style::Problem,
        saves::create,
    )
    .scopes(&["creator-store-save:write"])
    .limits(200, 200)
    .input(Input::Bytes),
    Endpoint::new(
        "saves.delete",
        "DELETE",
        "/toolbox-service/v1/saves",
        Style::Problem,
        saves::delete,
    )
    .scopes(&["creator-store-save:write"])
    .limits(200, 200),
    Endpoint::new(
        "saves.bulk-delete",
        "POST",
        "/toolbox-service/v1/saves:bulkDelete",
        Style::Problem,
        saves::bulk_delete,
    )
    .scopes(&["creator-store-save:write"])
    .limits(200, 200)
    .input(Input::Bytes),
    Endpoint::new(
        "users.get",
        "GET",
        "/cloud/v2/users/{id}",
        Style::V2,
        people::user,
    )
    .limits(1000, 10),
    Endpoint::new(
        "groups.get",
        "GET",
        "/cloud/v2/groups/{id}",
        Style::V2,
        people::group,
    )
    .limits(150, 30),
    Endpoint::new(
        "universes.get",
        "GET",
        "/cloud/v2/universes/{id}",
        Style::V2,
        people::universe,
    )
    .limits(100, 100),
    Endpoint::new(
        "products.get",
        "GET",
        "/cloud/v2/creator-store-products/{id}",
        Style::V2,
        products::get,
    )
    .scopes(&["creator-store-product:read"])
    .limits(30, 30),
    Endpoint::new(
        "products.create",
        "POST",
        "/cloud/v2/creator-store-products",
        Style::V2,
        products::create,
    )
    .scopes(&["creator-store-product:write"])
    .limits(30, 30)
    .input(Input::Bytes),
    Endpoint::new(
        "products.update",
        "PATCH",
        "/cloud/v2/creator-store-products/{id}",
        Style::V2,
        products::update,
    )
    .scopes(&["creator-store-product:write"])
    .limits(30, 30)
    .input(Input::Bytes),
    Endpoint::new(
        "assets.create",
        "POST",
        "/assets/v1/assets",
        Style::Status,
        upload::create,
    )
    .scopes(&["asset:read", "asset:write"])
    .limits(120, 120)
    .input(Input::Form),
    Endpoint::new(
        "assets.get",
        "GET",
        "/assets/v1/assets/{assetId}",
        Style::Bare,
        assets::get,
    )
    .scopes(&["asset:read"])
    .limits(120, 120),
    Endpoint::new(
        "assets.update",
        "PATCH",
        "/assets/v1/assets/{assetId}",
        Style::Status,
        upload::update,
    )
    .scopes(&["asset:read", "asset:write"])
    .limits(120, 120)
    .input(Input::Form),
    Endpoint::new(
        "assets.archive",
        "POST",
        "/assets/v1/assets/{assetId}:archive",
        Style::Bare,
        assets::archive,
    )
    .scopes(&["asset:read", "asset:write"])
    .limits(100, 100),
    Endpoint::new(
        "assets.restore",
        "POST",
        "/assets/v1/assets/{assetId}:restore",
        Style::Bare,
        assets::restore,
    )
    .scopes(&["asset:read", "asset:write"])
    .limits(100, 100),
    Endpoint::new(
        "operations.get",
        "GET",
        "/assets/v1/operations/{operationId}",
        Style::Status,
        operations::get,
    )
    .scopes(&["asset:read"])
    .limits(300, 300),
    Endpoint::new(
        "versions.list",
        "GET",
        "/assets/v1/assets/{assetId}/versions",
        Style::Bare,
        assets::list_versions,
    )
    .scopes(&["asset:read"])
    .limits(100, 100),
    Endpoint::new(
        "versions.get",
        "GET",
        "/assets/v1/assets/{assetId}/versions/{versionNumber}",
        Style::Bare,
        assets::get_version,
    )
    .scopes(&["asset:read"])
    .limits(100, 100),
    Endpoint::new(
        "versions.rollback",
        "POST",
        "/assets/v1/assets/{assetId}/versions:rollback",
        Style::Bare,
        assets::roll_back,
    )
    .scopes(&["asset:read", "asset:write"])
    .limits(100, 100)
    .input(Input::Form),
    Endpoint::new(
        "delivery.location",
        "GET",
        "/asset-delivery-api/v1/assetId/{assetId}",
        Style::Gateway,
        delivery::location,
    )
    .scopes(&["legacy-asset:manage"])
    .limits(1000, 1000),
    Endpoint::new(
        "delivery.version-location",
        "GET",
        "/asset-delivery-api/v1/assetId/{assetId}/version/{versionNumber}",
        Style::Gateway,
        delivery::location,
    )
    .scopes(&["legacy-asset:manage"])
    .limits(1000, 1000),
    Endpoint::new(
        "permissions.grant",
        "PATCH",
        "/asset-permissions-api/v1/assets/permissions",
        Style::Permissions,
        permissions::grant,
    )
    .access(Access::Key)
    .scopes(&["asset-permissions:write"])
    .limits(100, 100)
    .input(Input::Bytes),
    Endpoint::new(
        "quotas.list",
        "GET",
        "/cloud/v2/users/{id}/asset-quotas",
        Style::V2,
        quotas::list,
    )
    .scopes(&["asset:read"])
    .limits(60, 60),
];

/// The endpoint for a method and a path, with the path's parameters; or a rejection by the gateway.
pub(crate) fn find(method: &str, path: &str) -> Result<(&'static Endpoint, Parameters), Response> {
    let mut allowed = Vec::new();
    for endpoint in ENDPOINTS {
        let Some(parameters) = parameters(endpoint.pattern, path) else {
            continue;
        };
        if endpoint.method == method {
            return Ok((endpoint, parameters));
        }
        allowed.push(endpoint.method);
    }
    Err(match allowed.is_empty() {
        true => gateway(404, 0, "Not Found"),
        false => gateway(405, 0, "Method Not Allowed").header("allow", allowed.join(", ")),
    })
}

/// The parameters in a path that has the form of a pattern, decoded.
fn parameters(pattern: &'static str, path: &str) -> Option<Parameters> {
    let mut found = Vec::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        let Some((name, suffix)) = expected
            .strip_prefix('{')
            .and_then(|rest| rest.split_once('}'))
        else {
            if segment != expected {
                return None;
            }
            continue;
        };
        let value = segment.strip_suffix(suffix)?;
        if value.is_empty() || value.contains(':') {
            return None;
        }
        let value = percent_decode_str(value).decode_utf8().ok()?;
        found.push((name, value.into_owned()));
    }
    segments.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_paths() {
        let pattern = "/assets/{assetId}:archive";
        assert_eq!(
            parameters(pattern, "/assets/12:archive"),
            Some(vec![("assetId", "12".to_owned())])
        );
        for other in [
            "/assets/12",
            "/assets/:archive",
            "/assets/12:restore",
            "/assets/12:archive/",
            "/assets/1:2:archive",
            "assets/12:archive",
        ] {
            assert_eq!(parameters(pattern, other), None, "{other}");
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = ENDPOINTS.iter().map(|endpoint| endpoint.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ENDPOINTS.len());
    }
}
