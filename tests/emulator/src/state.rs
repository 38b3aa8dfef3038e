//! Everything that one emulator remembers.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use crate::catalogue::Catalogue;
use crate::fault::Faults;
use crate::keys::Keys;
use crate::lock;
use crate::operations::Operations;
use crate::products::Products;
use crate::quotas::Quotas;
use crate::rates::Rates;
use crate::record::Recorder;
use crate::saves::Saves;
use crate::store::{Assets, Habit};

#[derive(Debug)]
pub(crate) struct State {
    /// Whether requests are logged.
    pub(crate) log: bool,
    pub(crate) keys: Keys,
    pub(crate) recorder: Recorder,
    pub(crate) faults: Faults,
    pub(crate) rates: Rates,
    pub(crate) connections: AtomicU64,
    pub(crate) catalogue: &'static Catalogue,
    pub(crate) saves: Saves,
    pub(crate) products: Products,
    pub(crate) assets: Assets,
    pub(crate) operations: Operations,
    pub(crate) quotas: Quotas,
    /// Where content is delivered from.
    pub(crate) delivery_url: String,
    /// What uploads cost, in Robux.
    pub(crate) upload_price: AtomicI64,
    /// Whether responses look as in the guide; half of them do if nobody tells.
    pub(crate) guide_style: Mutex<Option<bool>>,
    /// Whether lists of versions are bare arrays.
    pub(crate) version_arrays: AtomicBool,
    /// Whether searches put an empty page between any two others.
    pub(crate) empty_pages: AtomicBool,
    /// The fields that the next update which names them is not to change, and why.
    pub(crate) rejected_fields: Mutex<Vec<(&'static str, String)>>,
}

impl State {
    pub(crate) fn new(delivery_url: String, log: bool) -> Self {
        Self {
            log,
            keys: Keys::default(),
            recorder: Recorder::default(),
            faults: Faults::default(),
            rates: Rates::new(),
            connections: AtomicU64::new(0),
            catalogue: Catalogue::shared(),
            saves: Saves::seeded(),
            products: Products::default(),
            assets: Assets::seeded(),
            operations: Operations::new(),
            quotas: Quotas::default(),
            delivery_url,
            upload_price: AtomicI64::new(0),
            guide_style: Mutex::new(None),
            version_arrays: AtomicBool::new(false),
            empty_pages: AtomicBool::new(false),
            rejected_fields: Mutex::default(),
        }
    }

    pub(crate) fn upload_price(&self) -> i64 {
        self.upload_price.load(Ordering::SeqCst)
    }

    pub(crate) fn has_version_arrays(&self) -> bool {
        self.version_arrays.load(Ordering::SeqCst)
    }

    /// Whether everything looks as in the guide.
    pub(crate) fn is_guide(&self) -> bool {
        *lock(&self.guide_style) == Some(true)
    }

    /// What the responses of operations look like, and what everything else does.
    pub(crate) fn habits(&self) -> (Habit, Habit) {
        match *lock(&self.guide_style) {
            None => (Habit::Guide, Habit::Reference),
            Some(true) => (Habit::Guide, Habit::Guide),
            Some(false) => (Habit::Reference, Habit::Reference),
        }
    }
}
