#include "zerocell/core/parallel.h"

#include <algorithm>
#include <atomic>
#include <system_error>

#include <fmt/format.h>

#include "zerocell/core/error.h"

namespace zerocell {

struct ThreadPool::Job {
  const std::function<void(size_t, int)>* body;
  size_t n_tasks;
  std::atomic<size_t> next{0};
  std::mutex error_mutex;
  std::exception_ptr error;
};

namespace {
// Which worker of which pool the current thread is: lets nested calls run in place.
thread_local const ThreadPool* current_pool = nullptr;
thread_local int current_worker = 0;

/// Looks at `ready` for some tens of microseconds: less than a sleeping thread needs to wake, so that a run
/// of short parallel parts does not sleep between them, and little to lose where the wait is long.
template <class Ready>
void spin_until(const Ready& ready) {
  constexpr int kLooks = 2000;
  for (int i = 0; i < kLooks && !ready(); ++i) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }
}
}  // namespace

ThreadPool::ThreadPool(int n_threads) {
  try {
    for (int worker = 1; worker < n_threads; ++worker)
      threads_.emplace_back([this, worker] { work(worker); });
  } catch (const std::system_error& error) {
    const auto n_started = threads_.size() + 1;
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    threads_.clear();  // before what they wait for is gone
    throw Error::data({fmt::format("{} threads", n_threads), "a system that gives as many",
                       fmt::format("{} ({})", n_started, error.code().message()),
                       "Use fewer --threads, or raise the limits of the process (ulimit -u, ulimit -v)"});
  }
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
}

void ThreadPool::drain(Job& job, int worker) {
  for (;;) {
    const size_t task = job.next.fetch_add(1, std::memory_order_relaxed);
    if (task >= job.n_tasks) return;
    try {
      (*job.body)(task, worker);
    } catch (...) {
      std::lock_guard lock(job.error_mutex);
      if (!job.error) job.error = std::current_exception();
      job.next.store(job.n_tasks, std::memory_order_relaxed);
    }
  }
}

void ThreadPool::work(int worker) {
  current_pool = this;
  current_worker = worker;
  size_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    lock.unlock();
    spin_until([&] { return stopping_ || generation_ != seen; });
    lock.lock();
    wake_.wait(lock, [&] { return stopping_ || (job_ && generation_ != seen); });
    if (stopping_) return;
    seen = generation_;
    Job* job = job_;
    ++active_;
    lock.unlock();
    drain(*job, worker);
    lock.lock();
    if (--active_ == 0) done_.notify_all();
  }
}

void ThreadPool::parallel_for(size_t n_tasks, const std::function<void(size_t, int)>& body) {
  if (n_tasks == 0) return;
  if (threads_.empty() || n_tasks == 1 || current_pool == this) {
    const int worker = current_pool == this ? current_worker : 0;
    for (size_t task = 0; task < n_tasks; ++task) body(task, worker);
    return;
  }
  Job job{&body, n_tasks, {}, {}, {}};
  {
    std::lock_guard lock(mutex_);
    job_ = &job;
    ++generation_;  // last: who spins on it finds the job
  }
  wake_.notify_all();
  current_pool = this;
  current_worker = 0;
  drain(job, 0);
  current_pool = nullptr;
  {
    std::unique_lock lock(mutex_);
    job_ = nullptr;  // a thread that wakes late finds no job
    if (active_ != 0) {
      lock.unlock();
      spin_until([&] { return active_ == 0; });
      lock.lock();
    }
    done_.wait(lock, [&] { return active_ == 0; });
  }
  if (job.error) std::rethrow_exception(job.error);
}

void ThreadPool::parallel_ranges(size_t n, size_t grain,
                                 const std::function<void(size_t, size_t, int)>& body) {
  grain = std::max<size_t>(grain, 1);
  parallel_for((n + grain - 1) / grain,
               [&](size_t task, int worker) { body(task * grain, std::min(n, (task + 1) * grain), worker); });
}

}  // namespace zerocell
