// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/libs/http/tls_server.h"

#include "libs/base/check.h"
#include "libs/http/internal/socket.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <string_view>
#include <thread>

namespace culvert::http {
namespace {

template <auto kFree>
struct Freeing {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Freeing<X509_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Freeing<SSL_free>>;
using BioPtr = std::unique_ptr<BIO, Freeing<BIO_free>>;

void AddExtension(X509* certificate, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  CULVERT_CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

CertificatePtr SelfSigned(EVP_PKEY* key) {
  constexpr long kVersion3 = 2;
  constexpr long kHour = 3600;
  CertificatePtr certificate(X509_new());
  X509_set_version(certificate.get(), kVersion3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kHour);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("culvert test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  AddExtension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate.get(), NID_subject_alt_name, "IP:127.0.0.1");
  CULVERT_CHECK(X509_sign(certificate.get(), key, EVP_sha256()) > 0);
  return certificate;
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string ToPem(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return TextOf(bio.get());
}

std::string ToPem(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return TextOf(bio.get());
}

void ServeOne(SSL_CTX* context, int fd) {
  constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecure";
  const SslPtr ssl(SSL_new(context));
  SSL_set_fd(ssl.get(), fd);
  if (SSL_accept(ssl.get()) != 1) return;
  std::string request;
  std::array<char, 4096> room{};
  while (true) {
    const int got = SSL_read(ssl.get(), room.data(), static_cast<int>(room.size()));
    if (got <= 0) return;
    request.append(room.data(), static_cast<std::size_t>(got));
    if (!request.ends_with("\r\n\r\n")) continue;
    request.clear();
    SSL_write(ssl.get(), kAnswer.data(), static_cast<int>(kAnswer.size()));
  }
}

}  // namespace

struct TlsServer::State {
  KeyPtr key{EVP_EC_gen("P-256")};
  CertificatePtr certificate = SelfSigned(key.get());
  std::string certificate_pem = ToPem(certificate.get());
  std::string key_pem = ToPem(key.get());
  ContextPtr context{SSL_CTX_new(TLS_server_method())};
  internal::Listener listener = *internal::Listener::Open("127.0.0.1", 0);
  std::jthread thread;
};

TlsServer::TlsServer(Clients clients) : state_(std::make_unique<State>()) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  SSL_CTX_use_certificate(state_->context.get(), state_->certificate.get());
  SSL_CTX_use_PrivateKey(state_->context.get(), state_->key.get());
  if (clients == Clients::kKnownCertificate) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(state_->context.get()), state_->certificate.get());
    SSL_CTX_set_verify(state_->context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       nullptr);
  }
  state_->thread = std::jthread([state = state_.get()] {
    while (const auto fd = state->listener.Accept()) {
      ServeOne(state->context.get(), *fd);
      ::close(*fd);
    }
  });
}

TlsServer::~TlsServer() {
  state_->listener.Shutdown();
  state_->thread.join();
}

std::uint16_t TlsServer::port() const { return state_->listener.port(); }
const std::string& TlsServer::certificate() const { return state_->certificate_pem; }
const std::string& TlsServer::key() const { return state_->key_pem; }

}  // namespace culvert::http
