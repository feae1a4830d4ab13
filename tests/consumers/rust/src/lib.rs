// SPDX-License-Identifier: BSD-2-Clause
//! VMClock pages, by libvmclock: nothing here is unsafe but to say where a live page is.
//!
//! Private bytes are parsed in place and borrowed by the [`Page`]. A [`LivePage`] may change at any moment; only a
//! [`Snapshot`] of it can be looked at.
#![deny(unsafe_op_in_unsafe_fn)]

#[allow(non_upper_case_globals, non_camel_case_types, non_snake_case, dead_code, improper_ctypes, deref_nullptr)]
#[allow(clippy::all)]
mod sys {
    include!(env!("BINDINGS"));
}

use std::{ffi::{c_void, CStr, CString}, fmt, marker::PhantomData, mem::zeroed, os::raw::c_char};

/// Why a page was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The variant of ClockBound's `ShmError`, as in "SegmentMalformed".
    pub kind: &'static str,
    /// The rule that was broken, as in "bad-magic".
    pub reason: &'static str,
    /// All of it in words.
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// A name that the library has for good; "" for a number that has none.
fn name(text: *const c_char) -> &'static str {
    if text.is_null() {
        return "";
    }
    // SAFETY: the library's names are static and end with a NUL.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap_or("")
}

/// What a formatter of the library writes.
fn text(mut format: impl FnMut(*mut c_char, usize) -> usize) -> String {
    let mut buffer = vec![0u8; format(std::ptr::null_mut(), 0) + 1];
    format(buffer.as_mut_ptr().cast(), buffer.len());
    buffer.pop();
    String::from_utf8_lossy(&buffer).into_owned()
}

impl Error {
    fn new(err: &sys::vmclock_error) -> Error {
        // SAFETY: names are asked for by number, any number; err lives.
        unsafe {
            Error {
                kind: name(sys::vmclock_err_name(err.kind)),
                reason: name(sys::vmclock_reason_name(err.reason)),
                message: text(|buf, cap| sys::vmclock_error_format(err, buf, cap as _) as usize),
            }
        }
    }
}

/// What happened to a page. Greater is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    Unchanged,
    Updated,
    /// What was known of the counter and of time is void.
    Disrupted,
    /// So is identity: take a new one.
    Restored,
    /// Busy all the time, or another region: assume the worst.
    Unsure,
}

impl Change {
    fn new(change: sys::vmclock_change) -> Change {
        match change {
            sys::vmclock_change_VMCLOCK_UNCHANGED => Change::Unchanged,
            sys::vmclock_change_VMCLOCK_UPDATED => Change::Updated,
            sys::vmclock_change_VMCLOCK_DISRUPTED => Change::Disrupted,
            sys::vmclock_change_VMCLOCK_RESTORED => Change::Restored,
            _ => Change::Unsure,
        }
    }
}

/// A valid page in private bytes.
pub struct Page<'a> {
    view: sys::vmclock_view,
    bytes: PhantomData<&'a [u8]>,
}

// SAFETY: a view is a pointer into bytes that are borrowed, and nothing is written through it.
unsafe impl Send for Page<'_> {}
unsafe impl Sync for Page<'_> {}

impl<'a> Page<'a> {
    /// Checks bytes of any length and alignment.
    pub fn parse(bytes: &'a [u8]) -> Result<Page<'a>, Error> {
        // SAFETY: all zeros are valid for these structs; the view lives no longer than the bytes.
        unsafe {
            let (mut view, mut err): (sys::vmclock_view, sys::vmclock_error) = (zeroed(), zeroed());
            if sys::vmclock_parse(bytes.as_ptr().cast(), bytes.len() as _, 0, &mut view, &mut err)
                != sys::vmclock_err_VMCLOCK_OK
            {
                return Err(Error::new(&err));
            }
            Ok(Page { view, bytes: PhantomData })
        }
    }

    /// A field by its uapi name, where it is there and announced; signed ones are sign-extended.
    pub fn get(&self, field: &str) -> Option<u64> {
        let field = CString::new(field).ok()?;
        let mut value = 0;
        // SAFETY: the view and the string live.
        unsafe {
            let field = sys::vmclock_field_from_name(field.as_ptr());
            sys::vmclock_get(&self.view, field, &mut value).then_some(value)
        }
    }

    /// What is suspicious about the page, in the order of reporting: ids, each with its words.
    pub fn findings(&self) -> Vec<(&'static str, String)> {
        let mut all = Vec::new();
        let mut cursor = 0;
        // SAFETY: the view lives; the iterator ends.
        unsafe {
            let mut finding: sys::vmclock_finding = zeroed();
            while sys::vmclock_findings_next(&self.view, &mut cursor, &mut finding) {
                let words = text(|buf, cap| sys::vmclock_finding_format(&finding, buf, cap as _) as usize);
                all.push((name(sys::vmclock_finding_name(finding.id)), words));
            }
        }
        all
    }

    /// What happened between this state of a page and a later one.
    pub fn change_to(&self, after: &Page<'_>) -> Change {
        // SAFETY: both views live.
        Change::new(unsafe { sys::vmclock_views_compare(&self.view, &after.view) })
    }
}

/// A page that somebody else may be writing at this moment.
pub struct LivePage<'a> {
    page: *const c_void,
    len: usize,
    mapping: PhantomData<&'a c_void>,
}

// SAFETY: any number of threads may read one page.
unsafe impl Send for LivePage<'_> {}
unsafe impl Sync for LivePage<'_> {}

impl LivePage<'_> {
    /// # Safety
    /// `len` bytes from `page` on are mapped, and readable, for as long as the result lives.
    pub unsafe fn new(page: *const c_void, len: usize) -> Self {
        LivePage { page, len, mapping: PhantomData }
    }

    /// A consistent copy, in so many attempts at most.
    pub fn snapshot(&self, attempts: u32) -> Result<Snapshot, Error> {
        // SAFETY: the region is mapped.
        unsafe {
            let (mut copy, mut err): (sys::vmclock_snapshot, sys::vmclock_error) = (zeroed(), zeroed());
            if sys::vmclock_snapshot_take(self.page, self.len as _, attempts, &mut copy, &mut err)
                != sys::vmclock_err_VMCLOCK_OK
            {
                return Err(Error::new(&err));
            }
            Ok(Snapshot(copy))
        }
    }

    /// The shortest question: true as long as no update has begun since the snapshot.
    pub fn unchanged(&self, since: &Snapshot) -> bool {
        // SAFETY: the region is mapped.
        unsafe { sys::vmclock_unchanged(self.page, self.len as _, &since.0) }
    }

    /// What happened since the snapshot.
    pub fn change(&self, since: &Snapshot, attempts: u32) -> Change {
        // SAFETY: the region is mapped.
        Change::new(unsafe { sys::vmclock_snapshot_compare(self.page, self.len as _, &since.0, attempts) })
    }
}

/// A private copy of a live page.
#[derive(Clone)]
pub struct Snapshot(sys::vmclock_snapshot);

impl Snapshot {
    pub fn page(&self) -> Page<'_> {
        // SAFETY: the view lives no longer than the snapshot that it is of, which cannot be moved meanwhile.
        Page { view: unsafe { sys::vmclock_snapshot_view(&self.0) }, bytes: PhantomData }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::UnsafeCell;

    #[repr(align(8))]
    struct Region(UnsafeCell<[u8; 112]>);

    impl Region {
        /// 112 bytes with marker 7 and the generation counter 3, announced.
        fn new() -> Region {
            let mut bytes = [0; 112];
            bytes[..5].copy_from_slice(b"VCLK\x70");
            bytes[8] = 1;
            bytes[10] = 0xff;
            bytes[12] = 2;
            bytes[16] = 7;
            bytes[25] = 1;
            bytes[104] = 3;
            Region(UnsafeCell::new(bytes))
        }
        fn live(&self) -> LivePage<'_> {
            unsafe { LivePage::new(self.0.get() as *const c_void, 112) }
        }
        fn bytes(&self) -> Vec<u8> {
            unsafe { *self.0.get() }.to_vec()
        }
        fn publish(&self, is_restored: bool) {
            let page = self.0.get() as *mut c_void;
            let none = std::ptr::null_mut();
            let kind = unsafe {
                match is_restored {
                    false => sys::vmclock_publish_disrupted(page, 112, none),
                    true => sys::vmclock_publish_restored(page, 112, none),
                }
            };
            assert_eq!(kind, sys::vmclock_err_VMCLOCK_OK);
        }
    }

    #[test]
    fn fields_are_there_when_they_mean_something() {
        let bytes = Region::new().bytes();
        let page = Page::parse(&bytes).unwrap();
        assert_eq!(page.get("disruption_marker"), Some(7));
        assert_eq!(page.get("vm_generation_counter"), Some(3));
        assert_eq!(page.get("tai_offset_sec"), None);
        assert_eq!(page.get("no_such_field"), None);
        assert_eq!(page.get("nul\0"), None);
    }

    #[test]
    fn every_length_has_a_result() {
        let bytes = Region::new().bytes();
        for len in 0..112 {
            let error = Page::parse(&bytes[..len]).err().unwrap();
            let (kind, reason) = match len {
                0 => ("SegmentNotInitialized", "empty"),
                1..=15 => ("SegmentMalformed", "truncated"),
                _ => ("SegmentMalformed", "size-exceeds-region"),
            };
            assert_eq!((error.kind, error.reason), (kind, reason), "{} bytes", len);
            assert!(error.to_string().starts_with(kind));
        }
    }

    #[test]
    fn findings_are_told() {
        let mut bytes = Region::new().bytes();
        bytes[12] = 0;
        let ids: Vec<_> = Page::parse(&bytes).unwrap().findings().into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, ["size-not-page", "seq-count-zero"]);
    }

    #[test]
    fn a_disruption_and_a_restore_are_told_apart() {
        let region = Region::new();
        let live = region.live();
        let first = live.snapshot(1).unwrap();
        assert!(live.unchanged(&first));
        assert_eq!(live.change(&first, 1), Change::Unchanged);
        region.publish(false);
        assert!(!live.unchanged(&first));
        assert_eq!(live.change(&first, 1), Change::Disrupted);
        let second = live.snapshot(1).unwrap();
        region.publish(true);
        assert_eq!(live.change(&second, 1), Change::Restored);
        assert_eq!(first.page().change_to(&second.page()), Change::Disrupted);
        assert_eq!(second.clone().page().get("disruption_marker"), Some(8));
        assert!(Change::Restored > Change::Disrupted && Change::Disrupted > Change::Updated);
    }

    #[test]
    fn a_busy_page_has_no_snapshot() {
        let region = Region::new();
        unsafe { (*region.0.get())[12] = 3 };
        let error = region.live().snapshot(10).err().unwrap();
        assert_eq!((error.kind, error.reason), ("SegmentNotInitialized", "update-stalled"));
    }

    #[test]
    fn pages_may_go_to_other_threads() {
        let region = Region::new();
        let live = region.live();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(live.snapshot(1).unwrap().page().get("disruption_marker"), Some(7)));
            }
        });
    }
}
