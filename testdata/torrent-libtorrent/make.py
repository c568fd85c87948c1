"""Writes a file, and its torrent with a tracker."""

import os

import libtorrent as lt

os.makedirs("seed", exist_ok=True)
with open("seed/file.bin", "wb") as file:
    file.write(b"A file that peers exchange. " * 800)
storage = lt.file_storage()
lt.add_files(storage, "seed/file.bin")
torrent = lt.create_torrent(storage, 16384, lt.create_torrent.v1_only)
torrent.add_tracker("udp://10.52.0.1:6969/announce")
lt.set_piece_hashes(torrent, "seed")
with open("file.torrent", "wb") as file:
    file.write(lt.bencode(torrent.generate()))
