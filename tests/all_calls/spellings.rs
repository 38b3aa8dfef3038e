//! Values of the service, in every spelling that services and users have for them.

use std::fmt::{Debug, Display};

use rblxopencloud::assets::AssetPermissionResultError;
use rblxopencloud::toolbox::ToolboxSearchView;
use rblxopencloud::{
    AssetPermissionAction, AssetPrivacy, AssetQuotaPeriod, AssetQuotaType, AssetState, AudioType,
    ExperienceAgeRating, ExperienceVisibility, InstanceType, ModerationStatus, MusicChartType,
    ProductRestriction, SocialLinkType, SocialNetworkVisibility, ToolboxAssetSubtype,
    ToolboxSearchSortCategory,
};

#[test]
fn a_value_is_known_by_any_spelling_and_case_that_services_use() {
    for text in [
        "openUse", "OpenUse", "open_use", "OPEN_USE", "open-use", "OPENUSE",
    ] {
        assert_eq!(AssetPrivacy::from(text), AssetPrivacy::OpenUse, "{text}");
        assert_eq!(text.parse(), Ok(AssetPrivacy::OpenUse));
        assert_eq!(AssetPrivacy::from(text.to_owned()), AssetPrivacy::OpenUse);
        let json = format!("{text:?}");
        let read: AssetPrivacy = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), r#""openUse""#);
    }
    for (text, status) in [
        ("MODERATION_STATE_APPROVED", ModerationStatus::Approved),
        ("moderation-state-rejected", ModerationStatus::Rejected),
        ("REVIEWING", ModerationStatus::Reviewing),
    ] {
        assert_eq!(ModerationStatus::from(text), status);
    }
    assert_eq!(
        AssetQuotaType::from("rateLimitUpload"),
        AssetQuotaType::RateLimitUpload
    );
    assert_eq!(
        ToolboxSearchSortCategory::from("date_saved"),
        ToolboxSearchSortCategory::SaveTime
    );
}

#[test]
fn a_value_that_is_not_known_stays_as_it_came() {
    for text in [
        "",
        "_",
        "-",
        "-1",
        "1_0",
        "Open Use",
        "OpenUse2",
        "öpenUse",
        "\u{1b}[31m",
    ] {
        assert_eq!(
            AssetPrivacy::from(text),
            AssetPrivacy::Unknown(text.to_owned())
        );
        assert_eq!(AssetPrivacy::from(text).as_str(), text);
    }
    // Numbers have one spelling.
    assert_eq!(AudioType::from("1"), AudioType::SoundEffect);
    for text in ["-1", "_1", "01", "1-"] {
        assert_eq!(AudioType::from(text), AudioType::Unknown(text.to_owned()));
    }
}

/// Each value is read back from every way to write its text.
fn check<E: PartialEq + Debug + Display>(all: &[E], from: fn(&str) -> E) {
    assert!(all.len() > 1);
    for value in all {
        let text = value.to_string();
        let words: String = text
            .char_indices()
            .flat_map(|(at, letter)| {
                let begins_word = at > 0 && letter.is_ascii_uppercase();
                begins_word.then_some('_').into_iter().chain([letter])
            })
            .collect();
        for written in [
            text.clone(),
            text.to_lowercase(),
            text.to_uppercase(),
            words.to_lowercase(),
            words.to_uppercase(),
            words.replace('_', "-"),
        ] {
            assert_eq!(&from(&written), value, "{written:?}");
        }
    }
}

#[test]
fn every_value_of_every_enum_is_read_back_from_every_way_to_write_it() {
    macro_rules! check {
        ($($name:ident),+ $(,)?) => { $( check($name::ALL, |text| $name::from(text)); )+ };
    }
    check!(
        AssetPermissionAction,
        AssetPermissionResultError,
        AssetPrivacy,
        AssetQuotaPeriod,
        AssetQuotaType,
        AssetState,
        AudioType,
        ExperienceAgeRating,
        ExperienceVisibility,
        InstanceType,
        ModerationStatus,
        MusicChartType,
        ProductRestriction,
        SocialLinkType,
        SocialNetworkVisibility,
        ToolboxAssetSubtype,
        ToolboxSearchSortCategory,
        ToolboxSearchView,
    );
}
