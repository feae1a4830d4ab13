// SPDX-License-Identifier: BSD-2-Clause
// A Rust program, by bindgen: takes a snapshot, reads fields, shows an error.
#![allow(non_upper_case_globals, non_camel_case_types, non_snake_case, dead_code, improper_ctypes)]
mod vmclock {
    include!(env!("BINDINGS"));
}
use std::{ffi::c_void, mem::zeroed, ptr::null_mut};
use vmclock::*;

#[repr(align(8))]
struct Page([u8; 32]);

fn main() {
    let mut page = Page([0; 32]);
    page.0[..17].copy_from_slice(&[b'V', b'C', b'L', b'K', 32, 0, 0, 0, 1, 0, 255, 0, 2, 0, 0, 0, 7]);
    let live = page.0.as_ptr() as *const c_void;
    unsafe {
        let mut snapshot: vmclock_snapshot = zeroed();
        let mut err: vmclock_error = zeroed();
        assert_eq!(vmclock_snapshot_take(live, 32, 1, &mut snapshot, &mut err), vmclock_err_VMCLOCK_OK);
        let view = vmclock_snapshot_view(&snapshot);
        let mut marker = 0;
        assert!(vmclock_get_disruption_marker(&view, &mut marker));
        println!("marker {}", marker);

        // The inline functions and the constants are there, too.
        assert_eq!(vmclock_unchanged(live, 32, &snapshot), true);
        let mut fields: vmclock_page = zeroed();
        vmclock_decode(&view, &mut fields);
        assert!(vmclock_page_has(&fields, vmclock_field_VMCLOCK_FIELD_FLAGS));
        assert_eq!(VMCLOCK_STRUCT_SIZE, 112);
        assert_eq!(VMCLOCK_FLAGS_KNOWN as u64, 0x3ff);
        assert_eq!(VMCLOCK_TIMEOUT_NS as u64, 100_000_000);

        assert_ne!(vmclock_parse(live, 8, 0, null_mut(), &mut err), vmclock_err_VMCLOCK_OK);
        assert_eq!(err.reason, vmclock_reason_VMCLOCK_REASON_TRUNCATED);
        let mut text = [0u8; 256];
        let len = vmclock_error_format(&err, text.as_mut_ptr() as *mut _, text.len() as _) as usize;
        println!("{}", std::str::from_utf8(&text[..len]).unwrap());
    }
}
