#!/usr/bin/env python3
"""A Voidphone module: announces, subscribes and validates. Python's standard library only.

Start a node that serves modules, then:

    python3 examples/voidphone.py subscribe 127.0.0.1:7001 1337
    python3 examples/voidphone.py validate 127.0.0.1:7001 1337 --pattern '^hello'
    python3 examples/voidphone.py announce 127.0.0.1:7001 1337 'hello world' --ttl 4

`subscribe` calls all that comes valid, `validate` what matches the pattern. Data of a type spread
through a node only while some module there is subscribed to it.
"""
import argparse
import re
import socket
import struct
import sys

ANNOUNCE, NOTIFY, NOTIFICATION, VALIDATION = 500, 501, 502, 503
DATA_BYTES_MAX = 0xFFFF - 8


class Module:
    """One connection to a gossip module."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile('rb')

    def announce(self, data_type, data, ttl=0):
        """Spreads data; ttl in hops, 0 for no limit."""
        if len(data) > DATA_BYTES_MAX:
            raise ValueError(f'at most {DATA_BYTES_MAX} bytes')
        self._send(ANNOUNCE, struct.pack('>BBH', ttl, 0, data_type) + data)

    def notify(self, data_type):
        """Subscribes to a type for as long as this is connected."""
        self._send(NOTIFY, struct.pack('>HH', 0, data_type))

    def validate(self, message_id, is_valid):
        """Answers a notification."""
        self._send(VALIDATION, struct.pack('>HH', message_id, 1 if is_valid else 0))

    def notifications(self):
        """Yields (message id, type, data) until the connection ends."""
        while True:
            head = self.stream.read(4)
            if len(head) < 4:
                return
            size, number = struct.unpack('>HH', head)
            body = self.stream.read(size - 4)
            if len(body) < size - 4 or number != NOTIFICATION:
                return
            message_id, data_type = struct.unpack('>HH', body[:4])
            yield message_id, data_type, body[4:]

    def close(self):
        self.stream.close()
        self.socket.close()

    def _send(self, number, body):
        self.socket.sendall(struct.pack('>HH', 4 + len(body), number) + body)


def printable(data):
    """One line of text, whatever the data are: they come from strangers."""
    text = data.decode('utf-8', 'replace')
    return ''.join(character if character.isprintable() else '\ufffd' for character in text)


def announce(module, options):
    lines = options.text or (line.rstrip('\n') for line in sys.stdin)
    for text in lines:
        module.announce(options.type, text.encode(), options.ttl)


def subscribe(module, options):
    pattern = re.compile(options.pattern)
    for data_type in options.types:
        module.notify(data_type)
    print('subscribed', flush=True)
    for message_id, data_type, data in module.notifications():
        is_valid = pattern.search(data.decode('utf-8', 'replace')) is not None
        print(data_type, 'valid' if is_valid else 'invalid', printable(data), flush=True)
        module.validate(message_id, is_valid)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    verbs = parser.add_subparsers(dest='verb', required=True)
    one = verbs.add_parser('announce', help='spread texts, or the lines of standard input')
    one.add_argument('address', help='host:port of the API')
    one.add_argument('type', type=int)
    one.add_argument('text', nargs='*')
    one.add_argument('--ttl', type=int, default=0, help='hops, 0 for no limit')
    for name, pattern in (('subscribe', ''), ('validate', None)):
        other = verbs.add_parser(name, help='print what comes and answer it')
        other.add_argument('address', help='host:port of the API')
        other.add_argument('types', type=int, nargs='+')
        other.add_argument('--pattern', default=pattern, required=pattern is None,
                           help='regular expression that valid data match')
    return parser.parse_args()


def main():
    options = read_options()
    host, _, port = options.address.rpartition(':')
    module = Module(host.strip('[]'), int(port))
    try:
        if options.verb == 'announce':
            announce(module, options)
        else:
            subscribe(module, options)
    except KeyboardInterrupt:
        pass
    finally:
        module.close()


if __name__ == '__main__':
    main()
