//! The creator store: a few hundred assets, the same in every run.

mod render;
mod words;

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;
use time::OffsetDateTime;

use crate::dice::Dice;
use words::{Theme, Work};

pub(crate) use render::{core_view, ids_view, timestamp};

/// The names of the categories of assets that there are, as searches take them.
pub const CATEGORIES: [&str; 7] = [
    "Audio",
    "Model",
    "Decal",
    "Plugin",
    "MeshPart",
    "Video",
    "FontFamily",
];

/// An asset that exists, but not for everybody.
pub(crate) const FORBIDDEN_ID: i64 = 4_030_403;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Owner {
    User(i64),
    Group(i64),
    #[default]
    Nobody,
}

/// Who made assets of the store.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Maker {
    pub(crate) owner: Owner,
    pub(crate) name: &'static str,
    pub(crate) verified: bool,
}

/// A decimal as on the wire, of US dollars unless another currency is named.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Price {
    pub(crate) significand: i64,
    pub(crate) exponent: Option<i32>,
    pub(crate) currency: &'static str,
}

impl Price {
    /// In billionths of a dollar.
    pub(crate) fn nano_dollars(self) -> Option<i128> {
        if self.currency != "USD" {
            return None;
        }
        let power = u32::try_from(self.exponent.unwrap_or(0).checked_add(9)?).ok()?;
        10_i128
            .checked_pow(power)?
            .checked_mul(i128::from(self.significand))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Audio {
    pub(crate) seconds: i64,
    /// `Music`, `SoundEffect` or `Unknown`.
    pub(crate) kind: &'static str,
    pub(crate) artist: &'static str,
    pub(crate) album: &'static str,
    pub(crate) genre: &'static str,
    pub(crate) charts: &'static [&'static str],
    /// Only listed along with the charts.
    pub(crate) charts_only: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) sub_types: Vec<&'static str>,
    /// How many of each of [`INSTANCE_TYPES`] it holds.
    pub(crate) instances: [i64; 6],
}

pub(crate) const INSTANCE_TYPES: [&str; 6] =
    ["Script", "MeshPart", "Animation", "Decal", "Audio", "Tool"];

/// A moment, with as many digits of a fraction as are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    pub(crate) seconds: i64,
    pub(crate) nanos: u32,
    pub(crate) digits: usize,
}

impl Moment {
    pub(crate) fn now() -> Self {
        let now = OffsetDateTime::now_utc();
        Self {
            seconds: now.unix_timestamp(),
            nanos: now.nanosecond(),
            digits: 9,
        }
    }

    /// In nanoseconds.
    pub(crate) fn since_epoch(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos)
    }
}

/// An asset of the store: what searches look at, and what they show.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) id: i64,
    pub(crate) category: &'static str,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) tags: Vec<String>,
    pub(crate) maker: Maker,
    pub(crate) price: Option<Price>,
    pub(crate) audio: Option<Audio>,
    pub(crate) model: Option<Model>,
    pub(crate) up_votes: i64,
    pub(crate) down_votes: i64,
    pub(crate) trending: u64,
    pub(crate) popularity: u64,
    pub(crate) created: Moment,
    pub(crate) updated: Moment,
    pub(crate) category_path: &'static str,
    /// All that the service tells about it.
    pub(crate) full: Value,
}

impl Listing {
    pub(crate) fn up_vote_percent(&self) -> i64 {
        (self.up_votes * 100)
            .checked_div(self.up_votes + self.down_votes)
            .unwrap_or(0)
    }
}

#[derive(Debug)]
pub(crate) struct Catalogue {
    listings: Vec<Listing>,
    by_id: HashMap<i64, usize>,
}

impl Catalogue {
    /// The catalogue of all emulators: nothing changes it, and to make it takes a while.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<Catalogue> = LazyLock::new(Catalogue::seeded);
        &SHARED
    }

    pub(crate) fn seeded() -> Self {
        let mut listings = Vec::new();
        let mut quirks = render::Quirks::new();
        for theme in &words::THEMES {
            for work in words::WORKS
                .iter()
                .filter(|work| work.category == theme.category)
            {
                let mut listing = handmade(work, theme);
                listing.full = render::full(&listing);
                listings.push(listing);
            }
            let mut dice = Dice::new(theme.first_id.unsigned_abs());
            for number in 0..theme.count {
                let mut listing = invented(theme, number, &mut dice);
                listing.full = render::full(&listing);
                quirks.apply(number, &mut listing);
                listings.push(listing);
            }
        }
        listings.extend(words::oddities().into_iter().map(|(work, full)| {
            let theme = words::theme(work.category);
            let mut listing = handmade(&work, theme);
            listing.price = None;
            listing.full = full;
            listing
        }));
        let by_id = listings
            .iter()
            .enumerate()
            .map(|(index, listing)| (listing.id, index))
            .collect();
        Self { listings, by_id }
    }

    pub(crate) fn all(&self) -> &[Listing] {
        &self.listings
    }

    pub(crate) fn find(&self, id: i64) -> Option<&Listing> {
        self.listings.get(*self.by_id.get(&id)?)
    }

    pub(crate) fn ids(&self, category: &str) -> Vec<u64> {
        let mut ids: Vec<u64> = self
            .listings
            .iter()
            .filter(|listing| listing.category == category)
            .filter_map(|listing| u64::try_from(listing.id).ok())
            .collect();
        ids.sort_unstable();
        ids
    }
}

fn handmade(work: &Work, theme: &Theme) -> Listing {
    let mut dice = Dice::new(work.id.unsigned_abs());
    let mut listing = invented(theme, 0, &mut dice);
    listing.id = work.id;
    listing.name = work.name.to_owned();
    listing.tags = tags(work.name, theme, &mut dice);
    listing.description = format!("{} by {}.", work.name, work.maker.name);
    listing.maker = work.maker;
    listing.price = Some(FREE);
    if let Some(audio) = &mut listing.audio {
        audio.kind = "Music";
        audio.seconds = work.seconds;
        audio.artist = "Oliver Reed Ensemble";
        audio.album = "Menus & Lobbies";
        audio.genre = "Ambient";
        audio.charts = &[];
        audio.charts_only = false;
    }
    if let Some(model) = &mut listing.model {
        *model = Model {
            sub_types: Vec::new(),
            instances: [0; 6],
        };
    }
    listing
}

const FREE: Price = Price {
    significand: 0,
    exponent: Some(0),
    currency: "USD",
};

fn invented(theme: &Theme, number: i64, dice: &mut Dice) -> Listing {
    let adjective = dice.pick(&words::ADJECTIVES);
    let noun = dice.pick(theme.nouns);
    let name = match number % 11 {
        10 => format!("{} {noun}", dice.pick(&words::FOREIGN)),
        _ if dice.one_in(4) => format!("{adjective} {noun} {}", dice.below(90) + 10),
        _ => format!("{adjective} {noun}"),
    };
    let mut maker = dice.pick(&words::MAKERS);
    // Three of four are verified, whoever comes up.
    if !maker.verified && !dice.one_in(2) {
        maker = dice.pick(&words::VERIFIED);
    }
    let created = moment(1_400_000_000 + dice.signed_below(340_000_000), dice);
    let updated = moment(created.seconds + dice.signed_below(30_000_000), dice);
    Listing {
        id: theme.first_id
            + number * theme.id_step
            + dice.signed_below(theme.id_step.unsigned_abs()),
        category: theme.category,
        description: format!("{} {adjective} {noun}, ready to use.", theme.opening),
        tags: tags(&name, theme, dice),
        name,
        maker,
        price: price(theme, dice),
        audio: (theme.category == "Audio").then(|| audio(number, dice)),
        model: (theme.category == "Model").then(|| model(number, dice)),
        up_votes: dice.signed_below(20_000),
        down_votes: dice.signed_below(3_000),
        trending: dice.below(1_000_000),
        popularity: dice.below(1_000_000),
        created,
        updated,
        category_path: dice.pick(theme.paths),
        full: Value::Null,
    }
}

fn tags(name: &str, theme: &Theme, dice: &mut Dice) -> Vec<String> {
    let mut tags: Vec<String> = name
        .split_whitespace()
        .map(|word| word.to_lowercase())
        .filter(|word| word.chars().all(char::is_alphabetic))
        .collect();
    tags.push(dice.pick(theme.tags).to_owned());
    tags.push(dice.pick(&words::MOODS).to_owned());
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// With 0 to 9 digits of a fraction.
fn moment(seconds: i64, dice: &mut Dice) -> Moment {
    let digits = usize::try_from(dice.below(10)).unwrap_or_default();
    let unit = 10_u32.pow(9 - u32::try_from(digits).unwrap_or_default());
    let nanos = u32::try_from(dice.below(1_000_000_000)).unwrap_or_default();
    Moment {
        seconds,
        nanos: nanos / unit * unit,
        digits,
    }
}

fn price(theme: &Theme, dice: &mut Dice) -> Option<Price> {
    if !theme.sold || dice.one_in(3) {
        return Some(Price {
            exponent: Some(0).filter(|_| !dice.one_in(3)),
            ..FREE
        });
    }
    let dollars = dice.signed_below(40) + 5;
    let (significand, exponent) = match dice.below(6) {
        0 => (dollars * 100 - 1, Some(-2)),
        1 => (dollars * 1_000_000_000 - 10_000_000, Some(-9)),
        2 => (dollars, None),
        3 => (dollars, Some(0)),
        4 => (dollars / 10 + 1, Some(1)),
        _ => return None,
    };
    let currency = match dice.one_in(12) {
        true => "X-ROBUX",
        false => "USD",
    };
    Some(Price {
        significand,
        exponent,
        currency,
    })
}

fn audio(number: i64, dice: &mut Dice) -> Audio {
    let music = number % 2 == 0;
    let (seconds, kind) = match music {
        _ if number % 37 == 36 => (dice.signed_below(10), "Unknown"),
        true => (20 + dice.signed_below(400), "Music"),
        false => (1 + dice.signed_below(15), "SoundEffect"),
    };
    const CHARTS: [&[&str]; 4] = [
        &["Current", "Week"],
        &["Week", "Month", "Year"],
        &["Month"],
        &["Current", "Year"],
    ];
    let charting = music && number % 6 == 0;
    Audio {
        seconds,
        kind,
        artist: dice.pick(&words::ARTISTS),
        album: dice.pick(&words::ALBUMS),
        genre: dice.pick(&words::GENRES),
        charts: match charting {
            true => dice.pick(&CHARTS),
            false => &[],
        },
        charts_only: charting && number % 12 == 0,
    }
}

fn model(number: i64, dice: &mut Dice) -> Model {
    let sub_types: &[&str] = match number % 8 {
        1 => &["Package"],
        3 => &["Ad"],
        5 => &["MaterialPack"],
        7 => &["Package", "MaterialPack"],
        _ => &[],
    };
    let mut instances = [0; 6];
    for count in &mut instances {
        if !dice.one_in(2) {
            *count = dice.signed_below(30);
        }
    }
    Model {
        sub_types: sub_types.to_vec(),
        instances,
    }
}
