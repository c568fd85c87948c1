"""gRPC without files made from descriptions: messages are bytes, as the server and the client both know."""

import sys
import time
from concurrent import futures

import grpc

ADDRESS = sys.argv[2]


def text(words):
    """A message with one field of text."""
    data = words.encode()
    return b"\x0a" + bytes([len(data)]) + data


def say(request, context):
    if b"nobody" in request:
        context.abort(grpc.StatusCode.NOT_FOUND, "nobody by that name")
    return text("Hello") + request


def count(request, context):
    for number in range(5):
        yield text(f"number {number}")


def wait(request, context):
    time.sleep(3)
    return request


def server():
    handlers = {
        "SayHello": grpc.unary_unary_rpc_method_handler(say),
        "Count": grpc.unary_stream_rpc_method_handler(count),
        "Wait": grpc.unary_unary_rpc_method_handler(wait),
    }
    peer = grpc.server(futures.ThreadPoolExecutor(4))
    peer.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("gannet.Greeter", handlers),))
    peer.add_insecure_port(ADDRESS)
    peer.start()
    peer.wait_for_termination()


def client():
    with grpc.insecure_channel(ADDRESS) as channel:
        hello = channel.unary_unary("/gannet.Greeter/SayHello")
        for name in ["one", "two"]:
            hello(text(name))
        hello(text("x" * 100), compression=grpc.Compression.Gzip)
        list(channel.unary_stream("/gannet.Greeter/Count")(text("five")))
        for call, timeout in [(hello, 5), (channel.unary_unary("/gannet.Greeter/Wait"), 0.3)]:
            try:
                call(text("nobody"), timeout=timeout)
            except grpc.RpcError as error:
                print(error.code())
        list(map(lambda call: call.result(), [hello.future(text(f"at once {number}")) for number in range(8)]))


{"server": server, "client": client}[sys.argv[1]]()
