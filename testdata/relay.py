#!/usr/bin/python3
"""Joins tap (or tun) devices of different network namespaces: a wire with faults and tags.

Each --pair A/dev B/dev makes the two devices and carries frames between them. Options after a pair belong to it:
  --tags 8100:10[,8100:20]   the frames carry these tags (outermost first) on the way; they are seen only on the mirror
  --loss/--dup/--reorder P   chance in percent, per frame longer than 100 bytes; the pseudo random numbers are seeded
  --delay MS                 one way
  --mirror NS/dev            a third device that gets a copy of every frame as it is on the wire
  --tun                      IP devices without Ethernet header
It serves recordings on kernels that have no VLAN devices and no netem.
"""
import ctypes, fcntl, heapq, os, random, select, struct, sys, time

TUNSETIFF, IFF_TUN, IFF_TAP, IFF_NO_PI = 0x400454CA, 1, 2, 0x1000
libc = ctypes.CDLL(None, use_errno=True)


def enter(name):
    fd = os.open("/run/netns/" + name, os.O_RDONLY)
    if libc.setns(fd, 0x40000000):
        raise OSError(ctypes.get_errno(), "setns " + name)
    os.close(fd)


def device(where, prefix, tun, made):
    """Opens the device NS/dev in its namespace."""
    ns, dev = where.split("/")
    if where in made:
        return made[where]
    enter(prefix + ns)
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", dev.encode(), (IFF_TUN if tun else IFF_TAP) | IFF_NO_PI))
    made[where] = fd
    return fd


def main():
    args = sys.argv[1:]
    prefix, ready, pairs = "", None, []
    while args:
        a = args.pop(0)
        if a == "--prefix":
            prefix = args.pop(0)
        elif a == "--ready":
            ready = args.pop(0)
        elif a == "--pair":
            pairs.append({"ends": (args.pop(0), args.pop(0)), "tags": b"", "mirror": None, "tun": False,
                          "loss": 0.0, "dup": 0.0, "reorder": 0.0, "delay": 0.0})
        elif a == "--tags":
            for t in args.pop(0).split(","):
                tpid, vid = t.split(":")
                pairs[-1]["tags"] += struct.pack(">HH", int(tpid, 16), int(vid, 0))
        elif a == "--tun":
            pairs[-1]["tun"] = True
        elif a == "--mirror":
            pairs[-1]["mirror"] = args.pop(0)
        elif a in ("--loss", "--dup", "--reorder", "--delay"):
            pairs[-1][a[2:]] = float(args.pop(0))
        else:
            sys.exit("unknown argument " + a)
    rnd, made, routes = random.Random(7), {}, {}
    for p in pairs:
        fds = [device(w, prefix, p["tun"], made) for w in p["ends"]]
        mirror = device(p["mirror"], prefix, p["tun"], made) if p["mirror"] else None
        routes[fds[0]] = (fds[1], mirror, p)
        routes[fds[1]] = (fds[0], mirror, p)
    for fd in set(made.values()) - set(routes):
        routes[fd] = (None, None, None)
    if ready:
        open(ready, "w").close()
    queue, order = [], 0

    def put(fd, frame):
        try:
            os.write(fd, frame)
        except OSError:  # the device is not up yet
            pass

    while True:
        now = time.monotonic()
        while queue and queue[0][0] <= now:
            _, _, fd, frame = heapq.heappop(queue)
            put(fd, frame)
        r, _, _ = select.select(list(routes), [], [], max(0, queue[0][0] - now) if queue else None)
        for fd in r:
            try:
                frame = os.read(fd, 65536)
            except OSError:
                continue
            to, mirror, p = routes[fd]
            if to is None:
                continue
            if mirror is not None:
                put(mirror, frame[:12] + p["tags"] + frame[12:])
            at, copies = time.monotonic() + p["delay"] / 1000, 1
            if len(frame) > 100:
                if rnd.random() * 100 < p["loss"]:
                    continue
                if rnd.random() * 100 < p["dup"]:
                    copies = 2
                if rnd.random() * 100 < p["reorder"]:
                    at += 0.004
            for _ in range(copies):
                order += 1
                heapq.heappush(queue, (at, order, to, frame))


main()
