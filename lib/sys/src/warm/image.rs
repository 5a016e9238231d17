//! The library that a shell is started with: headers by hand around the code of `code.rs`.
//!
//! Two pages: one to be executed, one that the loader may write to, which older ones do.

use std::io::{self, Write as _};
use std::os::fd::OwnedFd;

const PAGE: u64 = 4096;
/// Where the code begins in the first page, and what it is headed by.
const CODE_AT: u64 = 512;
/// Places in the second page.
const DYNAMIC_AT: u64 = PAGE;
const SYMBOLS_AT: u64 = PAGE + 256;
const HASH_AT: u64 = PAGE + 320;
const STRINGS_AT: u64 = PAGE + 384;
const END: u64 = PAGE + 400;

const DT_HASH: u64 = 4;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_STRSZ: u64 = 10;
const DT_SYMENT: u64 = 11;
const DT_INIT: u64 = 12;

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_GNU_STACK: u32 = 0x6474_e551;

const READ: u32 = 4;
const WRITE: u32 = 2;
const EXECUTE: u32 = 1;

/// A file in memory with the library (System V ABI, chapters 4 and 5).
///
/// # Errors
/// There is no code for this processor; out of memory or of descriptors.
pub(super) fn library() -> io::Result<OwnedFd> {
    let code = super::code::code().ok_or(io::ErrorKind::Unsupported)?;
    let mut file = crate::fd::memory("warm")?;
    file.write_all(&bytes(code))?;
    Ok(file.into())
}

fn bytes(code: &[u8]) -> Vec<u8> {
    let mut image = Vec::with_capacity(END as usize);
    image.extend([0x7f, b'E', b'L', b'F', 2, 1, 1, 0]);
    image.resize(16, 0);
    const SHARED_OBJECT: u16 = 3;
    const X86_64: u16 = 62;
    half(&mut image, &[SHARED_OBJECT, X86_64]);
    word(&mut image, &[1]);
    long(&mut image, &[0, 64, 0]);
    word(&mut image, &[0]);
    // sizes of the header and of the entries of its tables
    half(&mut image, &[64, 56, 4, 64, 0, 0]);
    segment(&mut image, (PT_LOAD, READ | EXECUTE), (0, CODE_AT + code.len() as u64), PAGE);
    segment(&mut image, (PT_LOAD, READ | WRITE), (PAGE, END - PAGE), PAGE);
    segment(&mut image, (PT_DYNAMIC, READ | WRITE), (DYNAMIC_AT, 7 * 16), 8);
    // without this the loader would make the stack executable
    segment(&mut image, (PT_GNU_STACK, READ | WRITE), (0, 0), 16);
    image.resize(CODE_AT as usize, 0);
    image.extend_from_slice(code);
    image.resize(PAGE as usize, 0);
    for (tag, value) in [
        (DT_HASH, HASH_AT),
        (DT_STRTAB, STRINGS_AT),
        (DT_SYMTAB, SYMBOLS_AT),
        (DT_STRSZ, 1),
        (DT_SYMENT, 24),
        (DT_INIT, CODE_AT),
        (0, 0),
    ] {
        long(&mut image, &[tag, value]);
    }
    // no symbol but the first, which is none
    image.resize(HASH_AT as usize, 0);
    word(&mut image, &[1, 1, 0, 0]);
    image.resize(END as usize, 0);
    image
}

fn segment(image: &mut Vec<u8>, (kind, flags): (u32, u32), (at, len): (u64, u64), align: u64) {
    word(image, &[kind, flags]);
    long(image, &[at, at, at, len, len, align]);
}

fn half(image: &mut Vec<u8>, values: &[u16]) {
    values.iter().for_each(|value| image.extend(value.to_le_bytes()));
}

fn word(image: &mut Vec<u8>, values: &[u32]) {
    values.iter().for_each(|value| image.extend(value.to_le_bytes()));
}

fn long(image: &mut Vec<u8>, values: &[u64]) {
    values.iter().for_each(|value| image.extend(value.to_le_bytes()));
}
