//! [`SocialLink`]: a link to somewhere else, as experiences and assets show it.

use serde::Deserialize;

use crate::wire::{Maybe, objects};

/// A link to somewhere else, as experiences and assets show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, Deserialize)]
#[serde(from = "WireSocialLink")]
#[non_exhaustive]
#[doc(alias = "AssetSocialLink")]
#[doc(alias = "ExperienceSocialLink")]
pub struct SocialLink {
    /// What it is shown as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

impl SocialLink {
    /// A link to an address.
    #[must_use]
    pub fn new(uri: impl Into<String>) -> Self {
        Self {
            title: None,
            uri: Some(uri.into()),
        }
    }

    /// What it is shown as.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }
}

objects!(WireSocialLink);

#[derive(Default, Deserialize)]
#[serde(remote = "Self", default)]
pub(crate) struct WireSocialLink {
    title: Maybe<String>,
    uri: Maybe<String>,
}

impl Maybe<WireSocialLink> {
    pub(crate) fn link(self) -> Option<SocialLink> {
        self.0.map(SocialLink::from)
    }
}

impl From<WireSocialLink> for SocialLink {
    fn from(wire: WireSocialLink) -> Self {
        Self {
            title: wire.title.0,
            uri: wire.uri.0,
        }
    }
}
