"""A peer of libtorrent: peer.py seed ADDRESS | peer.py get ADDRESS tcp|utp|encrypted NAME."""

import sys
import time

import libtorrent as lt

role, address = sys.argv[1:3]
how = sys.argv[3] if len(sys.argv) > 3 else "any"
utp, tcp = how in ("utp", "any"), how in ("tcp", "encrypted", "any")
plain, forced = 2, 0
policy = {"encrypted": forced, "any": 1}.get(how, plain)
session = lt.session({
    "listen_interfaces": f"{address}:{6881 if role == 'seed' else 6890}",
    "enable_dht": True,
    "dht_bootstrap_nodes": "" if role == "seed" else "10.52.0.1:6881",
    "dht_restrict_routing_ips": False,
    "dht_restrict_search_ips": False,
    "dht_ignore_dark_internet": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_outgoing_utp": utp,
    "enable_incoming_utp": utp,
    "enable_outgoing_tcp": tcp,
    "enable_incoming_tcp": tcp,
    "out_enc_policy": policy,
    "in_enc_policy": 1 if role == "seed" else policy,
    "allow_multiple_connections_per_ip": True,
})
torrent = lt.add_torrent_params()
torrent.ti = lt.torrent_info("file.torrent")
torrent.save_path = "seed" if role == "seed" else sys.argv[4]
handle = session.add_torrent(torrent)
if role == "seed":
    while True:
        time.sleep(1)
        open("seeding", "w").write("yes") if handle.status().is_seeding else None
handle.connect_peer(("10.52.0.1", 6881))
for _ in range(60):
    time.sleep(0.25)
    if handle.status().is_seeding:
        break
time.sleep(1)
