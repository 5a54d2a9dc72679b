"""What the document's Python uses of httpx, on urllib, for machines that have no httpx."""

import json
import urllib.request


class Response:
    def __init__(self, body):
        self._body = body

    def raise_for_status(self):
        """urllib has raised by itself."""

    def json(self):
        return json.loads(self._body)


class Client:
    def __init__(self, base_url, headers):
        self._base_url = base_url
        self._headers = headers

    def get(self, path):
        request = urllib.request.Request(self._base_url + path, headers=self._headers)
        with urllib.request.urlopen(request) as answer:
            return Response(answer.read())
