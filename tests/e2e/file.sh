#!/bin/bash
# The file collector: each operation gives the row it should, filters hold, and the bytes read and written are those that were.
. "$(dirname "$0")/lib.sh"

rows() { # where [columns]: rows of file_steps in the order of time, as CSV, paths relative to the test's folder
    q "SELECT ${2:-op, replace(path, '$dir', ''), replace(new_path, '$dir', ''), flags, mode, owner, size_bytes, error} FROM file_ops
        WHERE comm = 'file_steps' AND $1 ORDER BY time"
}

# Runs the steps in a folder of its own, with its row that marks the end awaited: the rows before it are there then too.
steps() { # name [where, for its rows] [command that goes before]
    mkdir -p "$dir/$1"
    if ! ${3:-} "$programs/file_steps" "$dir/$1" "$1" >"$dir/steps.out" 2>&1; then
        not_ok "the steps of $1 run" "$(cat "$dir/steps.out")"
        return
    fi
    : >"$dir/end-$1"
    wait_for '[ "$(q "SELECT count(*) FROM file_ops WHERE path = '"'$dir/end-$1'"'")" != 0 ]' || echo "# the mark after $1 was never seen"
}

# The programs are at work when the first row is there: the agent answers before its collectors are all open.
start_watching() { # option...
    start_agent --collectors process,file "$@" || return 1
    wait_for 'cat "$dir/never" 2>/dev/null; [ "$(q "SELECT count(*) FROM file_ops")" != 0 ]'
}

: >"$dir/never"
start_watching || { not_ok "the agent starts"; finish; }

steps plain
is "plain calls with relative paths" "create,/plain/a,,O_WRONLY|O_CREAT|O_TRUNC,0640,,,
open,/plain/a,,O_RDWR|O_CREAT|O_CLOEXEC,0600,,,
truncate,/plain/a,,,,,5,
chmod,/plain/a,,,0604,,,
chown,/plain/a,,,,12:34,,
chown,/plain/a,,,,-1:56,,
link,/plain/a,/plain/b,,,,,
symlink,/plain/c,../to/nowhere,,,,,
rename,/plain/b,/plain/d,,,,,
mkdir,/plain/e,,,0755,,,
mknod,/plain/f,,,10600,,,
unlink,/plain/f,,,,,,
rmdir,/plain/e,,,,,," "$(rows "path LIKE '$dir/plain/%'")"

steps at
is "calls relative to a descriptor" "open,/at,,O_RDONLY|O_DIRECTORY,,,,
create,/at/a,,O_WRONLY|O_CREAT|O_EXCL,0600,,,
chmod,/at/a,,,0611,,,
chown,/at/a,,,,7:-1,,
truncate,/at/a,,,,,8589934592,
open,/at/a,,O_RDWR|O_NOFOLLOW,,,,
mkdir,/at/sub,,,0700,,,
link,/at/a,/at/b,AT_SYMLINK_FOLLOW,,,,
symlink,/at/c,/x,,,,,
rename,/at/a,/at/sub,RENAME_EXCHANGE,,,,
rename,/at/b,/at/a/b,,,,,
mknod,/at/n,,,100640,,,
chmod,/at/n,,,0600,,,
chown,/at/c,,AT_SYMLINK_NOFOLLOW,,1:2,,
chown,/at,,AT_EMPTY_PATH,,0:0,,
unlink,/at/a/b,,,,,,
rmdir,/at/a,,AT_REMOVEDIR,,,," "$(rows "path LIKE '$dir/at%'")"

steps failing
is "failures carry the error's name" "open,/failing/missing/x,ENOENT,-2
mkdir,/,EEXIST,-17
unlink,/failing/missing,ENOENT,-2
open,lost,EBADF,-9
unlink,,EFAULT,-14
open,,ENOENT,-2
open,/failing,EISDIR,-21
mount,/failing/missing,ENOENT,-2
umount,/failing,EINVAL,-22
rmdir,/etc/passwd,ENOTDIR,-20
open,/etc/shadow,EACCES,-13" "$(rows "error IS NOT NULL AND pid IN (SELECT pid FROM file_ops WHERE path = '$dir/failing/missing')" \
    "op, replace(path, '$dir', ''), error, result")"
is "flags and source of a mount" "/dev/none,MS_RDONLY|MS_NOSUID" "$(rows "path = '$dir/failing/missing' AND op = 'mount'" 'new_path, flags')"

if unshare -m true 2>/dev/null; then
    steps read_only '' 'unshare -m'
    is "mounts, a read-only file system, umount" "mkdir,/read_only/m,,,
mount,/read_only/m,none,MS_RDONLY,
create,/read_only/m/x,,O_WRONLY|O_CREAT,EROFS
umount,/read_only/m,,MNT_DETACH," "$(rows "path LIKE '$dir/read_only/%'" "op, replace(path, '$dir', ''), new_path, flags, error")"
else
    skip "mounts, a read-only file system, umount" "no mount namespaces here"
fi

steps names
is "names with a newline and with bytes that are not UTF-8" "2f6e65770a6c696e65
2f5c7866665c786665
2f6772c3bcc39f" "$(rows "path LIKE '$dir/names/%'" "lower(hex(encode(replace(path, '$dir/names', ''))))")"

steps longest
is "a path of 4095 bytes, made normal" /none "$(rows "path = '/none'" path)"
is "a name of 4094 bytes in full" 4095 "$(rows "error = 'ENAMETOOLONG'" 'length(path)')"
is "a folder deeper than any path may be: its end is kept" true "$(rows "path LIKE '%/deep-none'" "path LIKE '.../ddd%' AND length(path) > 3800")"

steps gone
is "a working directory that was removed" "create,/gone/gone/x,ENOENT" "$(rows "path LIKE '$dir/gone/gone/%'" "op, replace(path, '$dir', ''), error")"

steps jail
is "paths in a chroot are those that the process sees" "/in/x
/y" "$(rows "op = 'create' AND path IN ('/in/x', '/y')" path)"

steps compat
q_becomes "32-bit calls are counted as not decoded" true "SELECT count(*) > 0 FROM agent_losses WHERE place = 'file' AND reason LIKE '32-bit%'"

steps bytes
own="comm = 'file_steps' AND pid = (SELECT pid FROM file_ops WHERE path = '$dir/bytes/b' LIMIT 1)"
q_becomes "bytes of every kind of read and write of files, not of pipes" "7,7000,7,7000,1,2" \
    "SELECT sum(reads), sum(read_bytes), sum(writes), sum(write_bytes), sum(write_errors), sum(syncs) FROM file_io WHERE $own"
q_becomes "the buckets of latencies add up to the calls" true \
    "SELECT sum(reads_10us + reads_100us + reads_1ms + reads_10ms + reads_100ms + reads_slower) = sum(reads) FROM file_io WHERE $own"

cp "$(command -v dd)" "$dir/test-dd" # a name of our own: others use this host too
"$dir/test-dd" if=/dev/zero of="$dir/dd-out" bs=4096 count=2500 conv=fsync 2>/dev/null
q_becomes "bytes that dd wrote" "10240000,2500,1" "SELECT sum(write_bytes), sum(writes), sum(syncs) FROM file_io WHERE comm = 'test-dd'"

opens=100000
[ "$PATIENCE" -le 30 ] || opens=5000 # an emulated guest
FILE_STEPS_N=$opens steps loop
q_becomes "$opens opens in a row are as many rows" "$opens" \
    "SELECT count(*) FROM file_ops WHERE comm = 'file_steps' AND path = '$dir/loop/loop' AND op = 'open'"
is "nothing was lost but 32-bit calls" 0 "$(q "SELECT count(*) FROM agent_losses WHERE reason NOT LIKE '32-bit%'")"
is "the agent's own files make no rows" 0 "$(q "SELECT count(*) FROM file_ops WHERE path LIKE '$dir/data/%'")"
"$dir/test-dd" if=/dev/zero of="$dir/dd-last" bs=1000 count=777 2>/dev/null
stop_agent
start_agent --collectors process
q_becomes "reads and writes of the last second are kept when the agent stops" 777 "SELECT max(writes) FROM file_io WHERE comm = 'test-dd' AND writes < 1000"
stop_agent

# --- filters ---------------------------------------------------------------------------------------------------------

# Does the same with files in three folders each time. The last one is in the folder in, and fails, by each of the commands
# that the filters name; every filter lets one of them pass.
touch_files() {
    rm -rf "$dir/in" "$dir/inside" "$dir/out"
    mkdir -p "$dir/in/deep" "$dir/inside" "$dir/out"
    (cd "$dir/in" && cat ../out/../in/dots missing) 2>/dev/null
    touch "$dir/in/a" "$dir/in/deep/b" "$dir/inside/c" "$dir/out/d"
    (cd "$dir/in/deep" && touch e)
    cat "$dir/in/a"
    mv -T "$dir/out/d" "$dir/in/d"
    cat "$dir/in/end" 2>/dev/null
    mv -T "$dir/in/end" "$dir/in/end2" 2>/dev/null
}

filtered() { # what expected configuration: which of the touched files give a row
    printf 'file:\n%s\n' "$3" >"$dir/config.yaml"
    rm -rf "$dir/data"
    start_agent --collectors process,file --config "$dir/config.yaml" || { not_ok "$1"; return; }
    wait_for 'touch_files; [ "$(q "SELECT count(*) FROM file_ops WHERE path = '"'$dir/in/end'"'")" != 0 ]'
    is "$1" "$2" "$(q "SELECT DISTINCT op || ' ' || replace(path, '$dir', '') FROM file_ops
        WHERE path LIKE '$dir%' AND path <> '$dir/in/end' AND comm IN ('touch', 'cat', 'mv') ORDER BY 1" | tr '\n' ' ' | sed 's/ $//')"
    stop_agent
}

filtered "paths: only what lies under them, by whole names" \
    "create /in/a create /in/deep/b create /in/deep/e open /in/a open /in/dots open /in/missing rename /out/d" "  paths: [$dir/in]"
filtered "exclude_paths within paths: the longest prefix decides" \
    "create /in/a open /in/a open /in/dots open /in/missing rename /out/d" "  paths: [$dir/in]
  exclude_paths: [$dir/in/deep/]"
filtered "only_failures" "open /in/dots open /in/missing" "  only_failures: true"
filtered "comms" "open /in/a open /in/dots open /in/missing" "  comms: [cat]"
filtered "exclude_comms" "rename /out/d" "  exclude_comms: [cat, touch]"
filtered "reads off: no plain successful opens" \
    "create /in/a create /in/deep/b create /in/deep/e create /inside/c create /out/d open /in/dots open /in/missing rename /out/d" "  reads: false"

printf 'file:\n  paths: [relative/path]\n' >"$dir/config.yaml"
rm -rf "$dir/data"
if start_agent --collectors process,file --config "$dir/config.yaml"; then
    matches "a relative path in the configuration is an error with words" 'no absolute path' "$("$sonde" status)"
    stop_agent
else
    matches "a relative path in the configuration is an error with words" 'no absolute path' "$(cat "$dir/agent.err")"
fi

finish
