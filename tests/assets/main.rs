//! Assets: uploads, updates, versions, permissions, quotas and downloads.

mod delivery;
mod management;
mod permissions;
mod quotas;
mod secrets;
mod updates;
mod upload_checks;
mod upload_faults;
mod upload_files;
mod upload_formats;
mod uploads;
