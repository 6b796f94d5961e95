"""A seccomp filter: the system calls that a decoder child has no use for fail from then on with EPERM.

x86-64 and 64-bit ARM, by their own call numbers (asm/unistd_64.h, asm-generic/unistd.h); elsewhere there is
no filter and the caller is told so. Threads may be started, processes may not.
"""

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass

from .landlock import give_up_privileges

SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}
SET_FILTER, ACTION_AVAILABLE = 1, 2
TO_ALL_THREADS = 1

# Classic BPF as seccomp uses it (linux/filter.h, linux/seccomp.h)
LOAD, IF_EQUAL, IF_BITS, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, KILL, ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
NUMBER, MACHINE, FIRST_ARGUMENT = 0, 4, 16
AUDIT = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
X32 = 0x4000_0000
"""Set in the numbers of a second interface that x86-64 kernels offer: denied as a whole."""
THREAD = 0x0001_0000
"""CLONE_THREAD."""

DENIED = {
    # sockets
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    # programs and other processes
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
    # ways around filters, and the kernel's own workings
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "keyctl": (250, 219),
    "add_key": (248, 217), "request_key": (249, 218), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97), "setns": (308, 268),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "reboot": (169, 142), "open_by_handle_at": (304, 265),
    # changing files by name or owner, which Landlock leaves open in part
    "creat": (85, None), "truncate": (76, 45), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53),
    "fchmodat2": (452, 452), "chown": (92, None), "lchown": (94, None), "fchown": (93, 55),
    "fchownat": (260, 54), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36),
    "unlink": (87, None), "unlinkat": (263, 35), "rename": (82, None), "renameat": (264, 38),
    "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None),
    "mknod": (133, None), "mknodat": (259, 33),
}  # fmt: skip
"""Numbers on x86-64 and 64-bit ARM, None where a machine has no such call."""
OPENING = {"open": (2, None), "openat": (257, 56), "openat2": (437, 437)}
"""Denied as well where Landlock does not do it."""
CLONE, CLONE3 = (56, 220), 435
OWN_ONLY = {"tgkill": (234, 131), "prlimit64": (302, 261)}
"""Allowed for the process itself: an abort signals its own thread, a child sets its own limits."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One instruction; `then` and `otherwise` are how many to skip."""

    code: int
    value: int
    then: int = 0
    otherwise: int = 0

    def packed(self) -> bytes:
        return struct.pack("=HBBI", self.code, self.then, self.otherwise, self.value)


def available() -> bool:
    """Whether kernel and machine allow the filter."""
    machine = platform.machine()
    if machine not in SECCOMP_CALL:
        return False
    action = ctypes.c_uint32(ERRNO)
    return _call(machine, ACTION_AVAILABLE, 0, ctypes.byref(action)) == 0


def deny_calls(*, opening: bool) -> bool:
    """Put the filter up for the whole process, for good; `opening` denies opening files too.

    False, with nothing changed, where there is no seccomp or the machine is unknown. Raises OSError when the
    kernel refuses the filter itself.
    """
    if not available():
        return False
    machine = platform.machine()
    steps = _program(machine, opening=opening)
    code = b"".join(step.packed() for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(buffer)))
    give_up_privileges()
    if _call(machine, SET_FILTER, TO_ALL_THREADS, program) != 0:
        raise OSError(ctypes.get_errno(), "the kernel refused the seccomp filter")
    return True


def _program(machine: str, *, opening: bool) -> list[_Step]:
    column = 0 if machine == "x86_64" else 1
    deny = _Step(RETURN, ERRNO | errno.EPERM)
    allow = _Step(RETURN, ALLOW)
    steps = [_Step(LOAD, MACHINE), _Step(IF_EQUAL, AUDIT[machine], then=1), _Step(RETURN, KILL)]
    steps.append(_Step(LOAD, NUMBER))
    if machine == "x86_64":
        steps += [_Step(IF_BITS, X32, otherwise=1), deny]
    for numbers in (DENIED | OPENING if opening else DENIED).values():
        number = numbers[column]
        if number is not None:
            steps += [_Step(IF_EQUAL, number, otherwise=1), deny]
    # its flags lie in memory, where a filter cannot look: the C library falls back on clone
    steps += [_Step(IF_EQUAL, CLONE3, otherwise=1), _Step(RETURN, ERRNO | errno.ENOSYS)]
    load = _Step(LOAD, FIRST_ARGUMENT)
    steps += [_Step(IF_EQUAL, CLONE[column], otherwise=4), load, _Step(IF_BITS, THREAD, then=1), deny, allow]
    for name, pair in OWN_ONLY.items():
        own = [_Step(IF_EQUAL, os.getpid(), then=1), deny, allow]
        if name == "prlimit64":
            own.insert(0, _Step(IF_EQUAL, 0, then=2))
        steps += [_Step(IF_EQUAL, pair[column], otherwise=1 + len(own)), load, *own]
    return [*steps, allow]


def _call(machine: str, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    converted = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return int(libc.syscall(ctypes.c_long(SECCOMP_CALL[machine]), *converted))
