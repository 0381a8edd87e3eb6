#include "libs/runtime/worker.h"

#include <pthread.h>

#include <utility>

namespace portcullis::runtime {

Worker::Worker(int index) : index_(index), work_(boost::asio::make_work_guard(io_)) {}

Worker::~Worker() {
  Stop();
  Join();
}

void Worker::Start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), ("worker-" + std::to_string(index_)).c_str());
    io_.run();
  });
}

void Worker::Stop() { io_.stop(); }

void Worker::Join() {
  if (thread_.joinable()) thread_.join();
}

bool Worker::IsCurrent() const { return std::this_thread::get_id() == thread_.get_id(); }

WorkerPool::WorkerPool(int count) {
  for (int i = 0; i < count; ++i) workers_.push_back(std::make_unique<Worker>(i));
}

void WorkerPool::Start() {
  for (auto& worker : workers_) worker->Start();
}

void WorkerPool::Stop() {
  for (auto& worker : workers_) worker->Stop();
}

void WorkerPool::Join() {
  for (auto& worker : workers_) worker->Join();
}

}  // namespace portcullis::runtime
