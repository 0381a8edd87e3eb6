#include "services/router/adapters/upstream/curl_error.h"

namespace portcullis::router {
namespace {

// True when the connection (with its TLS handshake) was never ready for the request.
bool WasConnecting(CURL* easy) {
  curl_off_t ready_us = 0;
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
  return ready_us == 0;
}

}  // namespace

TransportError ToTransportError(CURLcode code, CURL* easy) {
  switch (code) {
    case CURLE_OK:
      return TransportError::kNone;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_INTERFACE_FAILED:
      return TransportError::kConnect;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return TransportError::kCertificate;
    case CURLE_OPERATION_TIMEDOUT:
      return WasConnecting(easy) ? TransportError::kConnect : TransportError::kTimeout;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return WasConnecting(easy) ? TransportError::kConnect : TransportError::kCut;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // an answer in HTTP/0.9
    case CURLE_BAD_CONTENT_ENCODING:
      return TransportError::kProtocol;
    default:
      return TransportError::kLocal;
  }
}

}  // namespace portcullis::router
