//! What the services have been seen to write where an upload's text or file is the reason. They have no code for it.

/// Why an upload was rejected, as far as its message tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KnownText {
    ModeratedText,
    InvalidFile,
}

/// What the service speaks of, and what it says of it.
const SUBJECTS: &[&str] = &[
    "asset description",
    "asset name",
    "asset name and description",
    "asset name or description",
    "assetdescription",
    "assetname",
    "description",
    "displayname",
    "display name",
    "name",
    "name and description",
    "name or description",
    "text",
];

const VERDICTS: &[&str] = &[
    "are fully moderated",
    "are inappropriate",
    "are moderated",
    "has been moderated",
    "is fully moderated",
    "is inappropriate",
    "is moderated",
    "was moderated",
];

/// One word each, alone in the message.
const FILES: &[&str] = &[
    "invalidanimation",
    "invalidasset",
    "invalidassetcontent",
    "invalidaudio",
    "invalidcontent",
    "invalidfile",
    "invalidfilecontent",
    "invalidfileformat",
    "invalidfiletype",
    "invalidimage",
    "invalidmesh",
    "invalidmodel",
    "invalidvideo",
];

/// Recognizes a message whatever its case, with and without quotes and a full stop.
pub(super) fn known_text(message: &str) -> Option<KnownText> {
    /// Longer than any of them.
    const LONGEST: usize = 200;
    if message.len() > LONGEST {
        return None;
    }
    let around =
        |character: char| character.is_whitespace() || matches!(character, '"' | '.' | '!');
    let message = message.trim_matches(around).to_ascii_lowercase();
    if FILES.contains(&message.as_str()) {
        return Some(KnownText::InvalidFile);
    }
    let moderated = VERDICTS.iter().any(|verdict| {
        let subject = message.strip_suffix(verdict).map(str::trim_end);
        subject.is_some_and(|subject| {
            let subject = subject.strip_prefix("the ").unwrap_or(subject);
            let subject = subject.trim_end_matches(" text");
            SUBJECTS.contains(&subject)
        })
    });
    moderated.then_some(KnownText::ModeratedText)
}

#[cfg(test)]
mod tests {
    use super::KnownText::{InvalidFile, ModeratedText};
    use super::*;

    #[test]
    fn what_was_seen_is_recognized() {
        for (message, known) in [
            ("AssetName is moderated.", ModeratedText),
            ("AssetName is moderated", ModeratedText),
            ("AssetDescription is moderated.", ModeratedText),
            (
                "Asset name and description is fully moderated.",
                ModeratedText,
            ),
            ("Asset name is fully moderated", ModeratedText),
            ("Name is moderated.", ModeratedText),
            ("The description is inappropriate.", ModeratedText),
            ("Asset name is inappropriate", ModeratedText),
            ("DisplayName was moderated.", ModeratedText),
            ("\"AssetName is moderated.\"", ModeratedText),
            ("\"InvalidImage\"", InvalidFile),
            ("InvalidImage", InvalidFile),
            ("InvalidImage.", InvalidFile),
            ("\"InvalidModel\"", InvalidFile),
            ("\"InvalidAudio\"", InvalidFile),
        ] {
            assert_eq!(known_text(message), Some(known), "{message}");
        }
    }

    #[test]
    fn what_only_resembles_it_is_not() {
        for message in [
            "",
            "moderated",
            "is moderated.",
            "The user is moderated.",
            "This account is moderated.",
            "The group is fully moderated",
            "The creator's account was moderated.",
            "AssetName is not moderated.",
            "AssetName is moderated by hand",
            "The request is inappropriate.",
            "InvalidArgument",
            "InvalidRequest",
            "InvalidApiKey",
            "Invalid",
            "InvalidImage: too large",
            "Invalid image",
            "InvalidUserId",
            "InvalidCreator",
            "The image is invalid",
        ] {
            assert_eq!(known_text(message), None, "{message}");
        }
    }
}
