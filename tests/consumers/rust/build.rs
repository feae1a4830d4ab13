// SPDX-License-Identifier: BSD-2-Clause
// The bindings are made by the program bindgen from the installed headers, which pkg-config finds, as it does the library.
use std::{env, path::Path, process::Command};

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|e| panic!("{} cannot be run: {}", program, e));
    assert!(output.status.success(), "{}: {}", program, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn main() {
    let flags = output("pkg-config", &["--cflags", "vmclock"]);
    let header = Path::new(&output("pkg-config", &["--variable=includedir", "vmclock"]).trim()).join("vmclock.h");
    let bindings = Path::new(&env::var("OUT_DIR").unwrap()).join("bindings.rs");
    let mut arguments = vec![
        header.to_str().unwrap(), "--allowlist-function", "vmclock_.*", "--allowlist-type", "vmclock_.*",
        "--allowlist-var", "VMCLOCK_.*", "-o", bindings.to_str().unwrap(), "--", "-std=c11",
    ];
    arguments.extend(flags.split_whitespace());
    output("bindgen", &arguments);
    println!("cargo:rustc-env=BINDINGS={}", bindings.display());
    println!("cargo:rustc-link-search=native={}", output("pkg-config", &["--variable=libdir", "vmclock"]).trim());
    println!("cargo:rustc-link-lib=vmclock");
    println!("cargo:rerun-if-changed=build.rs");
}
