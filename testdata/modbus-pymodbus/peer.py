"""Both ends of the Modbus sessions: `peer.py server ADDRESS`, `peer.py client ADDRESS ...`. It needs pymodbus 3."""

import socket
import sys
import time

from pymodbus.client import ModbusTcpClient
from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.pdu.file_message import FileRecord
from pymodbus.server import StartTcpServer


def server(address):
    """A device with 100 coils, inputs and registers each, as unit 1."""
    def block():
        return ModbusSequentialDataBlock(1, [7] * 100)

    device = ModbusDeviceContext(di=block(), co=block(), hr=block(), ir=block())
    StartTcpServer(ModbusServerContext(devices={1: device}, single=False), address=(address, 502))


def calls(c, unit):
    """Every function that the client has, with what it is asked for."""
    yield lambda: c.read_coils(0, count=9, device_id=unit)
    yield lambda: c.read_discrete_inputs(0, count=16, device_id=unit)
    yield lambda: c.read_holding_registers(0, count=4, device_id=unit)
    yield lambda: c.read_input_registers(0, count=60, device_id=unit)
    yield lambda: c.write_coil(3, True, device_id=unit)
    yield lambda: c.write_register(3, 0x1234, device_id=unit)
    yield lambda: c.write_coils(0, [True, False] * 5, device_id=unit)
    yield lambda: c.write_registers(0, [1, 2, 3], device_id=unit)
    yield lambda: c.mask_write_register(address=1, and_mask=0xF0, or_mask=0x05, device_id=unit)
    yield lambda: c.readwrite_registers(read_address=0, read_count=2, write_address=4, values=[5, 6], device_id=unit)
    yield lambda: c.read_fifo_queue(address=1, device_id=unit)
    yield lambda: c.read_file_record([FileRecord(file_number=1, record_number=1, record_length=2)], device_id=unit)
    yield lambda: c.write_file_record([FileRecord(file_number=1, record_number=1, record_data=b"\0\1\0\2")], device_id=unit)
    yield lambda: c.read_exception_status(device_id=unit)
    yield lambda: c.report_device_id(device_id=unit)
    yield lambda: c.read_device_information(read_code=1, object_id=0, device_id=unit)
    yield lambda: c.diag_query_data(b"\0\1\0\2", device_id=unit)
    yield lambda: c.diag_read_bus_message_count(device_id=unit)
    yield lambda: c.diag_get_comm_event_counter(device_id=unit)
    yield lambda: c.diag_get_comm_event_log(device_id=unit)


def attempt(call):
    try:
        call()
    except Exception as why:
        print(why)


def client(addresses):
    for address in addresses:
        c = ModbusTcpClient(address, port=502, timeout=1, retries=0)
        c.connect()
        for call in calls(c, 1):
            attempt(call)
        # What is not there, and a device that is not there.
        c.read_coils(500, count=9, device_id=1)
        c.write_register(500, 1, device_id=1)
        attempt(lambda: c.read_coils(0, count=1, device_id=9))
        c.close()
    raw(addresses[0])


def message(transaction, function, body=b""):
    return transaction.to_bytes(2, "big") + b"\0\0" + (len(body) + 2).to_bytes(2, "big") + bytes([1, function]) + body


def raw(address):
    """What the client would not send: several requests at once, one in pieces, a function that nobody has, another protocol."""
    with socket.create_connection((address, 502)) as s:
        s.settimeout(1)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.sendall(b"".join(message(n, 3, b"\0\0\0\1") for n in range(1, 4)))
        time.sleep(0.3)
        for byte in message(4, 16, b"\0\0\0\1\2\0\7"):
            s.sendall(bytes([byte]))
            time.sleep(0.01)
        s.sendall(message(5, 100, b"\1\2\3"))
        time.sleep(0.3)
        s.sendall(message(6, 3, b"\0\0\0\1")[:8])
        time.sleep(0.3)
    with socket.create_connection((address, 502)) as s:
        s.sendall(message(1, 3, b"\0\0\0\1"))
        time.sleep(0.3)
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        time.sleep(0.3)


if __name__ == "__main__":
    {"server": lambda: server(sys.argv[2]), "client": lambda: client(sys.argv[2:])}[sys.argv[1]]()
