#include "services/audit/adapters/kafka/librdkafka.h"

#include <dlfcn.h>

#include "libs/base/strings.h"

namespace portcullis::audit::kafka {
namespace {

constexpr char kFile[] = "librdkafka.so.1";

template <typename Function>
bool Find(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(::dlsym(library, name));
  return *function != nullptr;
}

bool FindAll(void* library, Librdkafka* api) {
  return Find(library, "rd_kafka_conf_new", &api->conf_new) &&
         Find(library, "rd_kafka_conf_destroy", &api->conf_destroy) &&
         Find(library, "rd_kafka_conf_set", &api->conf_set) &&
         Find(library, "rd_kafka_conf_set_opaque", &api->conf_set_opaque) &&
         Find(library, "rd_kafka_conf_set_dr_msg_cb", &api->conf_set_dr_msg_cb) &&
         Find(library, "rd_kafka_conf_set_error_cb", &api->conf_set_error_cb) &&
         Find(library, "rd_kafka_conf_set_log_cb", &api->conf_set_log_cb) &&
         Find(library, "rd_kafka_new", &api->create) && Find(library, "rd_kafka_destroy", &api->destroy) &&
         Find(library, "rd_kafka_produceva", &api->produceva) && Find(library, "rd_kafka_poll", &api->poll) &&
         Find(library, "rd_kafka_purge", &api->purge) &&
         Find(library, "rd_kafka_fatal_error", &api->fatal_error) &&
         Find(library, "rd_kafka_err2str", &api->err2str) &&
         Find(library, "rd_kafka_error_code", &api->error_code) &&
         Find(library, "rd_kafka_error_destroy", &api->error_destroy);
}

absl::StatusOr<Librdkafka> Load() {
  void* const library = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  Librdkafka api{};
  if (library != nullptr && FindAll(library, &api)) return api;
  const char* const why = ::dlerror();
  return absl::NotFoundError(base::StrCat("services.audit.kafka needs ", kFile,
                                          " 1.6 or later: ", why == nullptr ? "a function is missing" : why,
                                          "; install the package librdkafka1"));
}

}  // namespace

absl::StatusOr<const Librdkafka*> LoadLibrdkafka() {
  static const absl::StatusOr<Librdkafka> kApi = Load();
  if (!kApi.ok()) return kApi.status();
  return &*kApi;
}

}  // namespace portcullis::audit::kafka
